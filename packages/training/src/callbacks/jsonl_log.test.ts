import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  evaluationReport,
  runStart,
  stepReport,
  trainResult,
} from '../../../../test/support/training_reports.js';
import { JsonlLog } from './jsonl_log.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-log-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const linesOf = async (path: string) => (await readFile(path, 'utf8')).trimEnd().split('\n');

describe('JsonlLog', () => {
  it('appends an object for each event', async () => {
    const log = new JsonlLog(join(directory, 'runs/log.jsonl'));
    const { evaluations, ...summary } = trainResult();
    await log.onStart(runStart());
    await log.onStep(stepReport(10, { gradientNorm: Number.NaN }));
    await log.onEvaluate(evaluationReport());
    await log.onEnd({ evaluations, ...summary });
    await log.onError(new Error('loss must be finite, but is NaN at step 7'));
    const lines = (await linesOf(log.path)).map((text) => JSON.parse(text));
    expect(lines.map(({ event }) => event)).toEqual(['start', 'step', 'evaluate', 'end', 'error']);
    expect(lines[0]).toEqual({ event: 'start', ...runStart() });
    expect(lines[1]).toEqual({ event: 'step', ...stepReport(10), gradientNorm: null });
    expect(lines[2]).toEqual({ event: 'evaluate', ...evaluationReport() });
    expect(lines[3]).toMatchObject({ event: 'end', ...summary });
    expect(lines[3]).not.toHaveProperty('evaluations');
    expect(lines[3].peakMemory).toBeGreaterThan(1e6);
    expect(lines[4].message).toBe('loss must be finite, but is NaN at step 7');
  });

  it('goes on after a resumption, below a line that was cut off', async () => {
    const path = join(directory, 'log.jsonl');
    const log = new JsonlLog(path);
    await log.onStart(runStart());
    await log.onStep(stepReport(10));
    await appendFile(path, '{"event":"st');
    const again = new JsonlLog(path);
    await again.onStart(runStart({ resumedStep: 5 }));
    await again.onStep(stepReport(6));
    const lines = await linesOf(path);
    expect(lines.length).toBe(5);
    expect(lines[2]).toBe('{"event":"st');
    expect(JSON.parse(lines[3]!)).toMatchObject({ event: 'start', resumedStep: 5 });
    expect(JSON.parse(lines[4]!)).toMatchObject({ event: 'step', step: 6 });
  });

  it.runIf(existsSync('/proc/self'))('says so where nothing can be made', async () => {
    await expect(new JsonlLog('/proc/chui/log.jsonl').onStart(runStart())).rejects.toThrow(
      /^ENOENT: .*'\/proc\/chui'$/,
    );
  });
});
