/** What is in Oniguruma's class `word`; Rust's `\w` has the joiners U+200C and U+200D too. */
export const wordClass = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}';

/** Classes of Oniguruma by name, with Unicode's meaning. */
const classes: Record<string, string> = {
  alnum: '[\\p{Alphabetic}\\p{Nd}]',
  alpha: '\\p{Alphabetic}',
  ascii: '[\\0-\\x7f]',
  blank: '[\\p{Zs}\\t]',
  cntrl: '\\p{Cc}',
  digit: '\\p{Nd}',
  graph: '[^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]',
  lower: '\\p{Lowercase}',
  print: '[^\\p{Cc}\\p{Cn}\\p{Cs}\\p{Zl}\\p{Zp}]',
  space: '\\p{White_Space}',
  upper: '\\p{Uppercase}',
  word: `[${wordClass}]`,
  xdigit: '[0-9a-fA-F]',
};

const shorthands: Record<string, string> = {
  s: 'space',
  d: 'digit',
  w: 'word',
  h: 'xdigit',
};

/** What `\s`, `\S`, `\d`, `\w`, `\h`, ... stand for; undefined for other letters. */
export function shorthandClass(letter: string): string | undefined {
  const name = shorthands[letter.toLowerCase()];
  if (!name) return undefined;
  return shorthands[letter] ? classes[name]! : `[^${classes[name]!}]`;
}

/** What `[:name:]` stands for. Symbols are punctuation here, but not in `\p{Punct}`. */
export function posixClass(name: string): string | undefined {
  return name === 'punct' ? '[\\p{P}\\p{S}]' : classes[name];
}

/** What `\p{name}` stands for: a class above, a general category, a script or a binary property, however spelled. */
export function propertyClass(name: string): string | undefined {
  const parts = name.toLowerCase().split(/[\s_-]+/);
  const known = classes[parts.join('')];
  if (known) return known;
  const spelled = parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('_');
  const spellings = [`\\p{${spelled}}`, `\\p{Script=${spelled}}`, `\\p{${parts.join('_')}}`, `\\p{${name}}`];
  return spellings.find(isValid);
}

function isValid(source: string): boolean {
  try {
    return Boolean(new RegExp(source, 'v'));
  } catch {
    return false;
  }
}

/** Characters that no lowercasing or uppercasing of one character leads to. */
const unreached = [
  ...'\u00b5\u017f\u0345ǅǈǋǲςϐϑϕϖϰϱϴϵᲀᲁᲂᲃᲄᲅᲆᲇᲈẛẞ\u1fbe\u2126\u212a\u212b\u0390\u03b0\u1fd3\u1fe3\ufb05\ufb06',
  ...'\u1f88\u1f89\u1f8a\u1f8b\u1f8c\u1f8d\u1f8e\u1f8f\u1f98\u1f99\u1f9a\u1f9b\u1f9c\u1f9d\u1f9e\u1f9f',
  ...'\u1fa8\u1fa9\u1faa\u1fab\u1fac\u1fad\u1fae\u1faf\u1fbc\u1fcc\u1ffc',
];

/** A character in all its cases. */
export function caseVariants(character: string): string[] {
  const code = character.codePointAt(0)!.toString(16);
  const same = new RegExp(`^\\u{${code}}$`, 'iv');
  const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
  const candidates = new Set([
    character,
    lower,
    upper,
    upper.toLowerCase(),
    lower.toUpperCase(),
    ...unreached,
  ]);
  return [...candidates].filter((candidate) => same.test(candidate));
}
