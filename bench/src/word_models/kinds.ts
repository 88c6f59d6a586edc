/** A kind of language model: what `chui train lm` is told of it. All have about five million parameters. */
export interface Kind {
  readonly name: string;
  readonly options: readonly string[];
}

const recurrent = ['--architecture', 'rnn_lm', '--layers', '2'];

export const kinds: Readonly<Record<string, Kind>> = {
  rnn: { name: 'LSTM', options: [...recurrent, '--width', '376'] },
  'rnn-attention': {
    name: 'LSTM with attention',
    options: [...recurrent, '--width', '352', '--attention', 'general'],
  },
  gpt2: {
    name: 'GPT-2',
    options: ['--architecture', 'gpt2', '--layers', '4', '--width', '256', '--heads', '4'],
  },
};
