/** The scripts of Unicode 9, by their codes. */
const scripts = (
  'Zyyy Latn Hani Hira Kana Arab Cyrl Deva Grek Hang Hebr Thai Zinh Adlm Aghb Ahom Armi Armn Avst Bali Bamu Bass Batk ' +
  'Beng Bhks Bopo Brah Brai Bugi Buhd Cakm Cans Cari Cham Cher Copt Cprt Dsrt Dupl Egyp Elba Ethi Geor Glag Goth Gran ' +
  'Gujr Guru Hano Hatr Hluw Hmng Hung Ital Java Kali Khar Khmr Khoj Knda Kthi Lana Laoo Lepc Limb Lina Linb Lisu Lyci ' +
  'Lydi Mahj Mand Mani Marc Mend Merc Mero Mlym Modi Mong Mroo Mtei Mult Mymr Narb Nbat Newa Nkoo Ogam Olck Orkh Orya ' +
  'Osge Osma Palm Pauc Perm Phag Phli Phlp Phnx Plrd Prti Rjng Runr Samr Sarb Saur Sgnw Shaw Shrd Sidd Sind Sinh Sora ' +
  'Sund Sylo Syrc Tagb Takr Tale Talu Taml Tang Tavt Telu Tfng Tglg Thaa Tibt Tirh Ugar Vaii Wara Xpeo Xsux Yiii'
).split(' ');

/** Characters whose script has changed since. */
const changed: Record<string, string> = {
  '\u0589': 'Zyyy',
  '\u061c': 'Zyyy',
  '\u0953': 'Deva',
  '\u0954': 'Deva',
};

const known = new Map<string, string>();

/**
 * The code of a character's script, such as `Latn` for `a`; empty if it has none or one newer than Unicode 9.
 *
 * Characters that are newer, but of an old script, have it.
 */
export function scriptOf(character: string): string {
  let script = known.get(character);
  if (script === undefined) {
    script = changed[character] ?? scripts.find((code) => pattern(code).test(character)) ?? '';
    known.set(character, script);
  }
  return script;
}

const patterns = new Map<string, RegExp>();

function pattern(script: string): RegExp {
  let regex = patterns.get(script);
  if (!regex) {
    regex = new RegExp(`\\p{Script=${script}}`, 'u');
    patterns.set(script, regex);
  }
  return regex;
}
