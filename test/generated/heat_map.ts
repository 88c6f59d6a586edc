export type { Panel } from '../../packages/cli/src/pictures/heat_map.js';
