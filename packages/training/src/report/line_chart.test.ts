import { describe, expect, it } from 'vitest';
import { lineChart } from './line_chart.js';
import { numberText } from './number_text.js';
import { linearScale, logScale } from './scale.js';
import { type Point, thin } from './thin.js';

const texts = ({ marks }: { marks: readonly { text: string }[] }) => marks.map(({ text }) => text);

describe('lineChart', () => {
  it('draws lines, marks and the values at each place', () => {
    const svg = lineChart({
      label: 'loss & more',
      x: { name: 'step' },
      lines: [
        {
          name: 'a<b',
          points: [
            [0, 1],
            [10, 3],
          ],
        },
        { name: 'c', points: [[10, 2]] },
      ],
    });
    expect(svg).toContain('aria-label="loss &amp; more"');
    expect(svg).toContain('points="48,152 520,28"');
    expect(svg).toContain('<circle cx="520" cy="90" r="2.5"/>');
    const readings = [...svg.matchAll(/<g class="at".*<\/g>/g)].map(([g]) =>
      g
        .replace(/<[^>]+>/g, ' ')
        .replace(/ +/g, ' ')
        .trim(),
    );
    expect(readings).toEqual(['step 0 ● a&lt;b 1', 'step 10 ● a&lt;b 3 ● c 2']);
  });

  it('draws few of 10,000 points', () => {
    const points = Array.from({ length: 10_000 }, (_, i): Point => [i, Math.sin(i)]);
    const svg = lineChart({ label: '', lines: [{ name: '', points }] });
    expect(svg.match(/class="at"/g)!.length).toBeLessThanOrEqual(120);
    expect(svg).not.toContain('r="2.5"');
    expect(svg).toContain('<polygon');
    expect(svg).toContain('>8,000</text>');
  });

  it.each([0, 0.0001, -3, 5e9])('draws a line of %d alone', (value) => {
    const constant: Point[] = [
      [1, value],
      [2, value],
    ];
    for (const points of [constant, constant.slice(1)]) {
      const svg = lineChart({ label: '', lines: [{ name: '', points }] });
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
  });
});

describe('scales', () => {
  it('have marks at round numbers', () => {
    expect(texts(linearScale(0.1, 9.7))).toEqual(['0', '2', '4', '6', '8', '10']);
    expect(texts(linearScale(1, 10_000, true))).toEqual(['2,000', '4,000', '6,000', '8,000', '10K']);
    expect(texts(linearScale(1.2345, 1.2349))).toEqual(['1.2345', '1.2346', '1.2347', '1.2348', '1.2349']);
    expect(texts(linearScale(-1, 1))).toEqual(['-1', '-0.5', '0', '0.5', '1']);
    expect(texts(logScale(0.03, 4))).toEqual(['0.05', '0.1', '0.2', '0.5', '1', '2']);
    expect(texts(logScale(1e-6, 1e6))).toEqual(['1e-6', '0.0001', '0.01', '1', '100', '10K', '1M']);
  });

  it('place values', () => {
    expect(linearScale(0, 10).place(5)).toBe(0.5);
    expect(logScale(1, 100).place(10)).toBeCloseTo(0.5);
    expect(linearScale(-3, -3, true).place(-3)).toBe(0.5);
  });
});

describe('thin', () => {
  it('merges the points of each part, with their mean, lowest and highest', () => {
    const points = Array.from({ length: 100 }, (_, i): Point => [i, i === 55 ? 90 : i % 2]);
    const few = thin(points, 10);
    expect(few.length).toBe(10);
    expect(few[0]).toEqual([0, 0.5, 0, 1]);
    expect(few[5]).toEqual([55, 9.4, 0, 90]);
    expect(few.at(-1)![0]).toBe(99);
    const fewer = thin(few, 2);
    expect(fewer.map(([, , low, high]) => [low, high])).toEqual([
      [0, 1],
      [0, 90],
    ]);
  });

  it('leaves few points as they are', () => {
    const points: Point[] = [
      [1, 2],
      [3, 4],
    ];
    expect(thin(points, 2)).toEqual(points);
  });
});

describe('numberText', () => {
  it('is short', () => {
    const numbers = [0, 0.0125, 1234, 12_500, 3e6, 2e-5, -0.5, 1.23456, 0.00012345];
    expect(numbers.map((value) => numberText(value))).toEqual([
      '0',
      '0.0125',
      '1,234',
      '12.5K',
      '3M',
      '2e-5',
      '-0.5',
      '1.235',
      '0.0001235',
    ]);
    expect(numberText(12_500, 9, 'standard')).toBe('12,500');
  });
});
