import { AttentionPositions } from './attention_positions.js';
export abstract class RotaryPositions extends AttentionPositions {}
