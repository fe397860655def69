import { expect, test } from 'vitest';
import { isCameraOf, nameSpeakers } from './name-speakers.ts';

const nameAll = (...names: string[]) =>
  nameSpeakers(names.map((path) => ({ path: `/rec/${path}`, hasPicture: /\.(?:mp4|mov)$/u.test(path) })));

test('names speakers by what tells their files apart', () => {
  expect(nameAll('alice.wav', 'bob.wav', 'cam.mp4')).toEqual(['Alice', 'Bob', undefined]);
  expect(nameAll('EP12_Audio_ALICE_2026-11-02.wav', 'EP12_Audio_BOB_2026-11-02.wav')).toEqual([
    'Alice',
    'Bob',
  ]);
  expect(nameAll('ourShow-annaLena-mic1.flac', 'ourShow-Jörg-mic2.flac')).toEqual(['Anna Lena', 'Jörg']);
  expect(nameAll('audio_host.m4a', 'audio_guest.m4a')).toEqual(['Host', 'Guest']);
  expect(nameAll('TRACK01.WAV', 'TRACK02.WAV')).toEqual(['Speaker 1', 'Speaker 2']);
  expect(nameAll('alice.wav', 'bob.wav', 'mix.wav')).toEqual(['Alice', 'Bob', undefined]);
  expect(nameAll('sam.wav', 'bob/sam.wav')).toEqual(['Speaker 1', 'Speaker 2']);
});

test('takes films for cameras where there are microphones, and for people where there are none', () => {
  expect(nameAll('alice.mp4', 'bob.mp4')).toEqual(['Alice', 'Bob']);
  expect(nameAll('GX010023.MP4'.toLowerCase(), 'IMG_2231.mov')).toEqual([undefined, undefined]);
  // One microphone tells nobody apart.
  expect(nameAll('alice.wav', 'wide.mp4')).toEqual([undefined, undefined]);
});

test('knows whose camera a film is by its name', () => {
  expect(isCameraOf('/rec/alice-cam.mp4', 'Alice')).toBe(true);
  expect(isCameraOf('/rec/CAM_B.mp4', 'Bob')).toBe(false);
  expect(isCameraOf('/rec/speaker.mp4', 'Speaker 1')).toBe(false);
});
