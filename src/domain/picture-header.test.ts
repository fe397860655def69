import { expect, test } from 'vitest';
import { readPictureHeader } from './picture-header.ts';

const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000c800000050', 'hex');

test('tells the size of a PNG from its first chunk', () => {
  expect(readPictureHeader(png)).toEqual({ format: 'png', width: 200, height: 80 });
  expect(readPictureHeader(png.subarray(0, 20))).toBeUndefined();
});

test('goes over the metadata of a JPEG to its frame header', () => {
  const exif = Buffer.concat([Buffer.from('ffe1ffff', 'hex'), Buffer.alloc(0xfffd)]);
  const tables = Buffer.from('ffdb000400ff', 'hex');
  const frame = Buffer.from('ffffc20011080140028003', 'hex');
  const jpeg = Buffer.concat([Buffer.from('ffd8', 'hex'), exif, tables, frame]);
  expect(readPictureHeader(jpeg)).toEqual({ format: 'jpeg', width: 640, height: 320 });
  expect(readPictureHeader(jpeg.subarray(0, 1000))).toBeUndefined();
});

test('knows nothing of other files, of a scan without a frame and of pictures without a pixel', () => {
  expect(readPictureHeader(Buffer.from('GIF89a'.padEnd(64)))).toBeUndefined();
  expect(readPictureHeader(Buffer.alloc(0))).toBeUndefined();
  expect(readPictureHeader(Buffer.from('ffd8ffda00080000000000000000', 'hex'))).toBeUndefined();
  const empty = Buffer.from(png);
  empty.writeUInt32BE(0, 16);
  expect(readPictureHeader(empty)).toBeUndefined();
});
