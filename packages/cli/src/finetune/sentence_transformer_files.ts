/**
 * The files by which sentence-transformers knows an encoder whose texts are the means of their tokens' states.
 *
 * @see https://sbert.net/docs/sentence_transformer/usage/custom_models.html
 */
export function sentenceTransformerFiles(width: number, maxLength: number): Record<string, string> {
  const type = (name: string) => `sentence_transformers.models.${name}`;
  return {
    'modules.json': json([
      { idx: 0, name: '0', path: '', type: type('Transformer') },
      { idx: 1, name: '1', path: '1_Pooling', type: type('Pooling') },
    ]),
    'sentence_bert_config.json': json({ max_seq_length: maxLength, do_lower_case: false }),
    '1_Pooling/config.json': json({
      word_embedding_dimension: width,
      pooling_mode_cls_token: false,
      pooling_mode_mean_tokens: true,
      pooling_mode_max_tokens: false,
    }),
  };
}

const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
