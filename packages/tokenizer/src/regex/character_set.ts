/** A set of code points that answers from tables, which are filled by 256 code points as they are asked for. */
export class CharacterSet {
  private readonly pages: Uint8Array[] = new Array(0x1100);

  /** @param member a regular expression of one character */
  constructor(private readonly member: RegExp) {}

  has(code: number): boolean {
    return (this.pages[code >> 8] ?? this.fill(code >> 8))[code & 255] === 1;
  }

  private fill(page: number): Uint8Array {
    const filled = Uint8Array.from({ length: 256 }, (_, i) => {
      const character = String.fromCodePoint(page * 256 + i);
      return this.member.test(character) ? 1 : 0;
    });
    this.pages[page] = filled;
    return filled;
  }
}
