import { appendFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '@chui/hub';
import { maskedCrc32c } from './masked_crc32c.js';

/** What an event tells: numbers or a text by tag, or that all from its step on is to come again. */
export type Told =
  | { readonly scalars: Readonly<Record<string, number>> }
  | { readonly tag: string; readonly text: string }
  | 'restart';

/** Files that this process made, so that two of one second are told apart. */
let made = 0;

/**
 * An event file of TensorBoard: TFRecords of tensorflow.Event, each written through at once, so that a process that is
 * killed leaves its last ones. Numbers are float32.
 *
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto and summary.proto
 */
export class EventFile {
  private constructor(readonly path: string) {}

  /** Begins a new file, whose name sorts after earlier ones. @throws Error if it cannot be made */
  static async create(directory: string): Promise<EventFile> {
    await makeFolder(directory);
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    const name = `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${made++}`;
    const path = join(directory, name);
    await writeFile(path, record(concat(wallTime(), bytes(3, utf8('brain.Event:2')))), { flag: 'wx' });
    return new EventFile(path);
  }

  async add(step: number, told: Told): Promise<void> {
    await appendFile(this.path, record(concat(wallTime(), stepOf(step), content(told))));
  }
}

/** Event.session_log, or Event.summary with its values. */
function content(told: Told): Uint8Array {
  if (told === 'restart') return bytes(7, integer(1, 1)); // SessionLog.START
  if ('scalars' in told) {
    const values = Object.entries(told.scalars).map(([tag, value]) =>
      bytes(1, concat(bytes(1, utf8(tag)), float(2, value))),
    );
    return bytes(5, concat(...values));
  }
  const shape = bytes(2, bytes(2, integer(1, 1))); // [1]
  const tensor = bytes(8, concat(integer(1, 7), shape, bytes(8, utf8(told.text)))); // DT_STRING
  const metadata = bytes(9, bytes(1, bytes(1, utf8('text')))); // of the plug-in that shows texts
  return bytes(5, bytes(1, concat(bytes(1, utf8(told.tag)), tensor, metadata)));
}

/** A TFRecord: length, its checksum, the data, their checksum. */
function record(data: Uint8Array): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true);
  return concat(length, checksum(length), data, checksum(data));
}

function checksum(data: Uint8Array): Uint8Array {
  const four = new Uint8Array(4);
  new DataView(four.buffer).setUint32(0, maskedCrc32c(data), true);
  return four;
}

const concat = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);
const utf8 = (text: string) => new TextEncoder().encode(text);

// Fields of protocol buffers by number.

function wallTime(): Uint8Array {
  const field = new DataView(new ArrayBuffer(9));
  field.setUint8(0, (1 << 3) | 1);
  field.setFloat64(1, Date.now() / 1000, true);
  return new Uint8Array(field.buffer);
}

function float(field: number, value: number): Uint8Array {
  const data = new DataView(new ArrayBuffer(5));
  data.setUint8(0, (field << 3) | 5);
  data.setFloat32(1, value, true);
  return new Uint8Array(data.buffer);
}

/** 0 is what a step is that is not there. */
const stepOf = (step: number) => (step === 0 ? new Uint8Array() : integer(2, step));
const integer = (field: number, value: number) => Uint8Array.from([field << 3, ...varint(value)]);
const bytes = (field: number, data: Uint8Array) =>
  concat(Uint8Array.from([(field << 3) | 2, ...varint(data.length)]), data);

/** Seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const low = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) low.push((rest % 128) | 128);
  return [...low, rest];
}
