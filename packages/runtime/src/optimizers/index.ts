export { AdamW, type AdamWOptions, adamW } from './adam_w.js';
