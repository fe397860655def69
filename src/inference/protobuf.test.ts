import { expect, it } from 'vitest';
import {
  bytesOf,
  messageField,
  numberField,
  readFields,
  textField,
  textsOf,
  writeFields,
} from './protobuf.ts';

it('writes the examples of the format documentation byte for byte', () => {
  // https://protobuf.dev/programming-guides/encoding/: field 1 = 150, field 2 = "testing"
  expect([...writeFields([numberField(1, 150)])]).toEqual([0x08, 0x96, 0x01]);
  expect(Buffer.from(writeFields([textField(2, 'testing')])).toString('hex')).toBe('120774657374696e67');
  expect([...writeFields([numberField(1, -2)])]).toEqual([8, 0xfe, ...Buffer.alloc(8, 0xff), 1]);
});

it('reads back what it wrote, nested messages, large field numbers and fixed widths too', () => {
  const inner = [textField(1, 'ä'), numberField(16_000, 2 ** 40)];
  const fields = [
    messageField(3, inner),
    { number: 4, kind: 'fixed32', value: Uint8Array.of(1, 2, 3, 4) } as const,
    { number: 5, kind: 'fixed64', value: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) } as const,
  ];
  const bytes = writeFields(fields);
  const read = readFields(bytes);
  expect(read.map(({ number, kind }) => [number, kind])).toEqual([
    [3, 'bytes'],
    [4, 'fixed32'],
    [5, 'fixed64'],
  ]);
  expect(Buffer.from(writeFields(read))).toEqual(Buffer.from(bytes));
  const [nested] = bytesOf(read, 3);
  expect(textsOf(readFields(nested!), 1)).toEqual(['ä']);
  expect(readFields(nested!)[1]).toEqual(numberField(16_000, 2 ** 40));
});

it('refuses bytes that end in the middle of a field, and groups', () => {
  const whole = writeFields([textField(2, 'testing')]);
  for (let length = 1; length < whole.length; length++) {
    expect(() => readFields(whole.subarray(0, length)), `${length} bytes`).toThrow(RangeError);
  }
  expect(() => readFields(Uint8Array.of(0x0b))).toThrow(/wire type 3/u);
  expect(() => readFields(new Uint8Array(12).fill(0xff))).toThrow(RangeError);
});
