export * from './index.js';
export { makeFolder } from './node/make_folder.js';
export { openFiles } from './node/open_files.js';
export { saveFiles } from './node/save_files.js';
