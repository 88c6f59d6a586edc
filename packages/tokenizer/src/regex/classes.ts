/** What is in Oniguruma's class `word`; Rust's `\w` has the joiners U+200C and U+200D too. */
const wordClass = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}';

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
