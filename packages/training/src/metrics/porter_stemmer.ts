/** Suffix and what takes its place. */
type Rule = readonly [suffix: string, replacement: string];

const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ['sky', 'sky'],
  ['skies', 'sky'],
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['news', 'news'],
  ['innings', 'inning'],
  ['inning', 'inning'],
  ['outings', 'outing'],
  ['outing', 'outing'],
  ['cannings', 'canning'],
  ['canning', 'canning'],
  ['howe', 'howe'],
  ['proceed', 'proceed'],
  ['exceed', 'exceed'],
  ['succeed', 'succeed'],
]);

const PLURALS: readonly Rule[] = [
  ['sses', 'ss'],
  ['ies', 'i'],
  ['ss', 'ss'],
  ['s', ''],
];

const DOUBLE_SUFFIXES: readonly Rule[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['fulli', 'ful'],
  ['logi', 'log'],
];

const ADJECTIVES: readonly Rule[] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];

const SINGLE_SUFFIXES: readonly Rule[] = [
  ['al', ''],
  ['ance', ''],
  ['ence', ''],
  ['er', ''],
  ['ic', ''],
  ['able', ''],
  ['ible', ''],
  ['ant', ''],
  ['ement', ''],
  ['ment', ''],
  ['ent', ''],
  ['ion', ''],
  ['ou', ''],
  ['ism', ''],
  ['ate', ''],
  ['iti', ''],
  ['ous', ''],
  ['ive', ''],
  ['ize', ''],
];

/**
 * Stem of an English word, in lower case, by Porter's algorithm with NLTK's changes, among them irregular words, 'dies' to
 * 'die', 'spied' to 'spi' and 'enjoy' as it is. Equal to `PorterStemmer().stem(word)` of NLTK 3.
 *
 * @see Porter (1980), "An algorithm for suffix stripping", https://tartarus.org/martin/PorterStemmer/def.txt
 * @example
 * porterStem('Relational'); // => 'relat'
 */
export function porterStem(word: string): string {
  const lower = word.toLowerCase();
  const irregular = IRREGULAR.get(lower);
  if (irregular !== undefined) return irregular;
  if (lower.length <= 2) return lower;
  return [step1a, step1b, step1c, step2, step3, step4, step5a, step5b].reduce(
    (stem, step) => step(stem),
    lower,
  );
}

function step1a(word: string): string {
  if (word.length === 4 && word.endsWith('ies')) return word.slice(0, -1);
  return applyFirst(PLURALS, word, () => true);
}

function step1b(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith('eed')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const stem = word.replace(/(?:ed|ing)$/, '');
  if (stem === word || !soundsOf(stem).includes('v')) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsInDoubleConsonant(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsInShortSyllable(stem) ? `${stem}e` : stem;
}

function step1c(word: string): string {
  return applyFirst([['y', 'i']], word, (stem) => stem.length > 1 && soundsOf(stem).endsWith('c'));
}

function step2(word: string): string {
  if (word.endsWith('alli') && measure(word.slice(0, -4)) > 0) return step2(word.slice(0, -2));
  return applyFirst(
    DOUBLE_SUFFIXES,
    word,
    (stem, suffix) => measure(suffix === 'logi' ? `${stem}l` : stem) > 0,
  );
}

function step3(word: string): string {
  return applyFirst(ADJECTIVES, word, (stem) => measure(stem) > 0);
}

function step4(word: string): string {
  return applyFirst(
    SINGLE_SUFFIXES,
    word,
    (stem, suffix) => measure(stem) > 1 && (suffix !== 'ion' || /[st]$/.test(stem)),
  );
}

function step5a(word: string): string {
  if (!word.endsWith('e')) return word;
  const stem = word.slice(0, -1);
  const size = measure(stem);
  return size > 1 || (size === 1 && !endsInShortSyllable(stem)) ? stem : word;
}

function step5b(word: string): string {
  return applyFirst([['ll', 'l']], word, (stem) => measure(`${stem}l`) > 1);
}

/** Applies the first rule whose suffix the word has; where its condition fails, the later ones are not tried. */
function applyFirst(
  rules: readonly Rule[],
  word: string,
  condition: (stem: string, suffix: string) => boolean,
): string {
  const rule = rules.find(([suffix]) => word.endsWith(suffix));
  if (!rule) return word;
  const [suffix, replacement] = rule;
  const stem = word.slice(0, word.length - suffix.length);
  return condition(stem, suffix) ? stem + replacement : word;
}

/** A letter for each of the word's: v for a vowel, also a y after a consonant; c for every other. */
function soundsOf(word: string): string {
  let sounds = '';
  let consonant = false;
  for (const letter of word) {
    consonant = letter === 'y' ? !consonant : !'aeiou'.includes(letter);
    sounds += consonant ? 'c' : 'v';
  }
  return sounds;
}

/** The paper's m: how often a consonant follows a vowel. */
function measure(word: string): number {
  return soundsOf(word).split('vc').length - 1;
}

/** The paper's *d. */
function endsInDoubleConsonant(word: string): boolean {
  return word.length >= 2 && word.at(-1) === word.at(-2) && soundsOf(word).endsWith('c');
}

/** The paper's *o; NLTK also counts a word of one vowel and one consonant. */
function endsInShortSyllable(word: string): boolean {
  const sounds = soundsOf(word);
  return sounds === 'vc' || (sounds.endsWith('cvc') && !/[wxy]$/.test(word));
}
