import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rewriteToForm, type UnicodeForm } from './unicode_forms.js';

const forms: UnicodeForm[] = ['NFC', 'NFD', 'NFKC', 'NFKD'];
const tricky = [
  ...'aeé\u0301\u0323\u0302\u0327\u0334\u0345\u0344\u3099かがｶﾞﾊﾟ\u1100\u1161\u11a8각가豈ﬁ½ệ\u0958\u{1d15e}\u{2f800}\u0f71\u0f72\u0f74\u0f73\ud83d',
];
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...tricky)).map((parts) => parts.join('')),
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
);

test.each(forms)('%s gives what the engine gives', (form) => {
  fc.assert(
    fc.property(texts, (text) => {
      const rewrite = rewriteToForm(text, form);
      expect(rewrite?.characters.join('') ?? text).toBe(text.normalize(form));
    }),
    { numRuns: 2000 },
  );
});

test.each(forms)('%s accounts for every old character once', (form) => {
  fc.assert(
    fc.property(texts, (text) => {
      const rewrite = rewriteToForm(text, form);
      const used = rewrite?.changes.reduce((sum, change) => sum + 1 - change, 0);
      expect(used ?? [...text].length).toBe([...text].length);
    }),
  );
});

test('every character alone gives what the engine gives', () => {
  for (const form of forms) {
    const wrong: string[] = [];
    for (let code = 0xa0; code < 0x32000; code++) {
      const text = String.fromCodePoint(code);
      if ((rewriteToForm(text, form)?.characters.join('') ?? text) !== text.normalize(form))
        wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  }
});

test('a composed character belongs to the first it is made of', () => {
  expect(rewriteToForm('e\u0301x', 'NFC')).toEqual({ characters: ['é', 'x'], changes: [-1, 0] });
  expect(rewriteToForm('é', 'NFD')).toEqual({ characters: ['e', '\u0301'], changes: [0, 1] });
  expect(rewriteToForm('éx', 'NFC')).toBeUndefined();
});
