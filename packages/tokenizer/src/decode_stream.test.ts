import { describe, expect, test } from 'vitest';
import { DecodeStream } from './decode_stream.js';
import { byteUnits } from './text/byte_level.js';
import { Tokenizer } from './tokenizer.js';

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const wordPiece = { type: 'WordPiece', prefix: '##', cleanup: true };
const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
const llama = {
  type: 'Sequence',
  decoders: [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
};

const tokenizerOf = (decoder: object | null, tokens: string[]) =>
  Tokenizer.fromJSON({
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id])),
      unk_token: 'x',
    },
  });

/** What each token gives, the rest last; checked to be all that `decode` gives. */
function stream(decoder: object | null, tokens: string[]): string[] {
  const tokenizer = tokenizerOf(decoder, tokens);
  const ids = tokens.map((token) => tokenizer.tokenToId(token)!);
  const decoding = tokenizer.decodeStream();
  const parts = [...ids.map((id) => decoding.step(id)), decoding.end()];
  expect(parts.join('')).toBe(tokenizer.decode(ids));
  return parts;
}

const bytesOf = (text: string) => [...new TextEncoder().encode(text)];
const hex = (byte: number) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
const unit = (byte: number) => String.fromCharCode(byteUnits[byte]!);

describe('decoding token by token', () => {
  test('a character of several byte-level tokens comes whole', () => {
    expect(stream(byteLevel, bytesOf('aあ😀b').map(unit))).toEqual([
      ...['a', '', '', 'あ', '', '', '', '😀', 'b'],
      '',
    ]);
  });

  test('a character of several byte tokens comes whole, and the next ones too', () => {
    const tokens = ['▁Hi', ...bytesOf('éあ').map(hex), '▁', '▁', 'there'];
    expect(stream(llama, tokens)).toEqual(['Hi', '', 'é', '', '', 'あ', ' ', ' ', 'there', '']);
  });

  test('spaces are as if all tokens were decoded at once', () => {
    expect(stream(wordPiece, ['un', '##likely', 'thing', '##s', '!'])).toEqual([
      ...['un', 'likely', ' thing', 's', '!'],
      '',
    ]);
    expect(stream(metaspace, ['▁a', '▁', 'b', '▁c'])).toEqual(['a', ' ', 'b', ' c', '']);
    expect(stream({ type: 'BPEDecoder', suffix: '</w>' }, ['lo', 'w</w>', 'er</w>'])).toEqual([
      ...['lo', 'w', ' er'],
      '',
    ]);
    expect(stream(null, ['a', 'b', 'c'])).toEqual(['a', ' b', ' c', '']);
  });

  test('tokens without text are remembered where they count', () => {
    const ctc = { type: 'CTC', pad_token: '<pad>', word_delimiter_token: '|', cleanup: false };
    const tokens = [...Array<string>(100).fill('<pad>'), 'l', 'l', '<pad>', 'l'];
    expect(stream(ctc, tokens).slice(100)).toEqual(['l', '', '', 'l', '']);
    const strip = { type: 'Sequence', decoders: [{ type: 'Fuse' }, { ...llama.decoders[3], start: 2 }] };
    expect(stream(strip, ['a', ' ', ' ', ' ', 'b'])).toEqual(['a', ' ', ' ', ' ', 'b', '']);
    const endless = { type: 'Strip', content: ' ', start: 0xffffffff, stop: 0 };
    const spaces = Array<string>(100).fill(' ');
    const decoder = { type: 'Sequence', decoders: [{ type: 'Fuse' }, endless] };
    expect(stream(decoder, [...spaces, 'a', ...spaces, 'b']).slice(100)).toEqual([
      ...['a', ...spaces, 'b'],
      '',
    ]);
  });

  test('half a character at the end becomes U+FFFD, and the stream may be used again', () => {
    const tokens = bytesOf('あ').map(unit);
    const tokenizer = tokenizerOf(byteLevel, tokens);
    const decoding = tokenizer.decodeStream();
    expect([0, 1].map((id) => decoding.step(id))).toEqual(['', '']);
    expect(decoding.end()).toBe('\ufffd');
    expect([0, 1, 2].map((id) => decoding.step(id))).toEqual(['', '', 'あ']);
  });

  test('bytes that are no text are given as U+FFFD, the last of them when it cannot be completed any more', () => {
    const bytes = [0x80, 0xe3, 0x80, 0x80, 0x80, 0xff, 0xf0, 0x9f, 0x80, 0xe3, 0x81, 0x41];
    expect(stream(byteLevel, bytes.map(unit)).at(-2)).toBe('\ufffdA');
    expect(stream(llama, [0x80, 0xe3, 0x81].map(hex))).toEqual(['', '', '', '\ufffd\ufffd\ufffd']);
    const endless = stream(llama, [...Array<string>(50).fill('<0x80>'), 'a']);
    expect(endless.slice(0, 10).join('')).toMatch(/^\ufffd+$/);
  });

  test('whole characters that were given stay when a wrong byte follows', () => {
    const tokens = [...bytesOf('あ'), 0x80].map(hex);
    const tokenizer = tokenizerOf(llama, [...tokens, 'x']);
    const decoding = tokenizer.decodeStream();
    const ids = [...tokens, 'x'].map((token) => tokenizer.tokenToId(token)!);
    expect(ids.map((id) => decoding.step(id))).toEqual(['', '', 'あ', '', '\ufffdx']);
  });

  test('special tokens are left out if told so, as are ids of no token', () => {
    const tokenizer = Tokenizer.fromJSON({
      ...tokenizerOf(byteLevel, ['a', '<end>', ...bytesOf('é').map(unit)]).toJSON(),
      added_tokens: [
        {
          ...{ id: 1, content: '<end>', special: true },
          ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
        },
      ],
    });
    const steps = (skipSpecialTokens: boolean) => {
      const decoding = tokenizer.decodeStream({ skipSpecialTokens });
      return [0, 2, 1, 99, 3].map((id) => decoding.step(id));
    };
    expect(steps(true)).toEqual(['a', '', '', '', 'é']);
    expect(steps(false)).toEqual(['a', '', '\ufffd<end>', '', '']);
  });

  test('each step decodes few tokens, however long the text is', () => {
    for (const token of ['a', '', '\ufffd']) {
      let longest = 0;
      const decoding = new DecodeStream(
        () => token,
        (tokens) => {
          longest = Math.max(longest, tokens.length);
          return tokens.join('');
        },
      );
      let text = '';
      for (let i = 0; i < 5000; i++) text += decoding.step(i);
      expect(text + decoding.end()).toBe(token.repeat(5000));
      expect(longest).toBeLessThan(50);
    }
  });

  test('gives all that is certain, of any text cut into any tokens', () => {
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 48271) % 0x7fffffff;
      return seed % below;
    };
    const characters = [...'ab  é日本あ😀👍🏽\n'];
    for (let round = 0; round < 40; round++) {
      const bytes = Array.from({ length: 12 }, () => bytesOf(characters[random(characters.length)]!)).flat();
      stream(llama, bytes.map(hex));
      const tokens: string[] = [];
      for (let start = 0; start < bytes.length; ) {
        const end = start + 1 + random(4);
        tokens.push(bytes.slice(start, end).map(unit).join(''));
        start = end;
      }
      const tokenizer = tokenizerOf(byteLevel, tokens);
      const ids = tokens.map((token) => tokenizer.tokenToId(token)!);
      const decoding = tokenizer.decodeStream();
      const prefixes = ids.map((_, i) => tokenizer.decode(ids.slice(0, i + 1)).replace(/\ufffd$/, ''));
      let text = '';
      const given = ids.map((id) => {
        text += decoding.step(id);
        return text;
      });
      expect(given).toEqual(prefixes);
    }
  });
});
