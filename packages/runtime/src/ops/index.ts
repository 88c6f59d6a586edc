export { type LstmState, type LstmWeights, lstm, lstmCell } from './lstm.js';
export { lstmStep } from './lstm_step.js';
