/**
 * The wire format of Protocol Buffers, as far as editing an ONNX file needs it: a message is a list of numbered fields,
 * each a number or bytes (https://protobuf.dev/programming-guides/encoding/). Bytes are views, never copies.
 */

/** One field of a message. A number is kept as the bits on the wire; groups (deprecated) are refused. */
export type Field =
  | { readonly number: number; readonly kind: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly number: number; readonly kind: 'fixed32' | 'fixed64'; readonly value: Uint8Array };

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Reads the fields of one message, in order. @throws RangeError when the bytes are no such message */
export function readFields(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('A protobuf message ends inside a number.');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('A protobuf number has more than ten bytes.');
  };
  const readBytes = (length: number): Uint8Array => {
    if (at + length > message.length) throw new RangeError('A protobuf field is longer than its message.');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(readVarint());
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case wireTypes.varint:
        fields.push({ number, kind: 'varint', value: readVarint() });
        break;
      case wireTypes.bytes:
        fields.push({ number, kind: 'bytes', value: readBytes(Number(readVarint())) });
        break;
      case wireTypes.fixed32:
        fields.push({ number, kind: 'fixed32', value: readBytes(4) });
        break;
      case wireTypes.fixed64:
        fields.push({ number, kind: 'fixed64', value: readBytes(8) });
        break;
      default:
        throw new RangeError(`Protobuf wire type ${tag % 8} is not known.`);
    }
  }
  return fields;
}

/** Writes fields as one message. Inverse of {@link readFields} for messages written the shortest way. */
export function writeFields(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const field of fields) {
    parts.push(varintBytes(BigInt(field.number * 8 + wireTypes[field.kind])));
    if (field.kind === 'varint') parts.push(varintBytes(field.value));
    else {
      if (field.kind === 'bytes') parts.push(varintBytes(BigInt(field.value.length)));
      parts.push(field.value);
    }
  }
  return Buffer.concat(parts);
}

/** A field of text. */
export function textField(number: number, text: string): Field {
  return { number, kind: 'bytes', value: Buffer.from(text) };
}

/** A field that holds a message. */
export function messageField(number: number, fields: readonly Field[]): Field {
  return { number, kind: 'bytes', value: writeFields(fields) };
}

/** A field of a whole number; a negative one takes ten bytes, as the format demands. */
export function numberField(number: number, value: number): Field {
  return { number, kind: 'varint', value: BigInt.asUintN(64, BigInt(value)) };
}

/** The bytes of every field with this number. */
export function bytesOf(fields: readonly Field[], number: number): Uint8Array[] {
  return fields.flatMap((field) => (field.number === number && field.kind === 'bytes' ? [field.value] : []));
}

/** The texts of every field with this number. */
export function textsOf(fields: readonly Field[], number: number): string[] {
  return bytesOf(fields, number).map((bytes) => Buffer.from(bytes).toString());
}

function varintBytes(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
