import { expect, test } from 'vitest';
import { choosePlayer, type PlacedVideo } from './choose-player.ts';
import type { SeenVideo } from './page-survey.ts';

const video = (parts: Partial<SeenVideo> = {}, frames: readonly number[] = []): PlacedVideo => ({
  frames,
  video: {
    index: 0,
    area: 640 * 360,
    naturalWidth: 1280,
    naturalHeight: 720,
    durationSeconds: 60,
    isLive: false,
    isProtected: false,
    isAdvertisement: false,
    errorCode: undefined,
    hasSource: true,
    ...parts,
  },
});
const empty = { naturalWidth: 0, naturalHeight: 0, durationSeconds: undefined };
const asked = (lastSeconds: number, declaredSeconds?: number) => ({ lastSeconds, declaredSeconds });

test('the largest video that is long enough is meant, wherever it is', () => {
  const small = video({ area: 100 * 100, durationSeconds: 600 });
  const large = video({}, [2]);
  expect(choosePlayer([small, large], asked(10))).toEqual({ status: 'ready', player: large });
  expect(choosePlayer([small, large], asked(100))).toEqual({ status: 'ready', player: small });
});

test('of videos of about one size the longer one is meant', () => {
  const preview = video({ area: 640 * 361, durationSeconds: 20 });
  const talk = video({ index: 1 });
  expect(choosePlayer([preview, talk], asked(10))).toEqual({ status: 'ready', player: talk });
});

test('what the page says of its length comes before size', () => {
  const other = video({ area: 1920 * 1080, durationSeconds: 500 });
  const talk = video({ durationSeconds: 61.2 });
  expect(choosePlayer([other, talk], asked(10, 60))).toEqual({ status: 'ready', player: talk });
  expect(choosePlayer([other], asked(10, 60))).toMatchObject({ status: 'waiting', why: 'other' });
});

test('an advertisement is waited for, and so is a short film that may be one', () => {
  const marked = video({ isAdvertisement: true });
  expect(choosePlayer([marked, video({ area: 400 * 300 })], asked(1))).toMatchObject({
    why: 'advertisement',
  });
  const short = video({ durationSeconds: 15 });
  expect(choosePlayer([short], asked(30))).toMatchObject({ status: 'waiting', why: 'short', forSeconds: 20 });
});

test('a time beyond the end is told at once where nothing longer can come', () => {
  expect(choosePlayer([video({ durationSeconds: 300 })], asked(301))).toMatchObject({
    status: 'failed',
    why: 'short',
  });
  expect(choosePlayer([video({ durationSeconds: 15 })], asked(30, 15))).toMatchObject({
    status: 'failed',
    why: 'short',
  });
});

test('what is not there yet is told apart from what cannot be', () => {
  expect(choosePlayer([], asked(1))).toMatchObject({ why: 'none', player: undefined });
  expect(choosePlayer([video({ area: 32 * 18 })], asked(1))).toMatchObject({ why: 'none' });
  expect(choosePlayer([video(empty)], asked(1))).toMatchObject({ why: 'loading', forSeconds: undefined });
  expect(choosePlayer([video({ ...empty, errorCode: 4 })], asked(1))).toMatchObject({
    why: 'broken',
    forSeconds: 3,
  });
  expect(choosePlayer([video({ ...empty, isLive: true })], asked(1))).toMatchObject({
    status: 'failed',
    why: 'live',
  });
  expect(choosePlayer([video({ isProtected: true })], asked(1))).toMatchObject({
    status: 'failed',
    why: 'protected',
  });
});

test('a large player that still loads is waited for, however short a film beside it is', () => {
  const choice = choosePlayer([video(empty), video({ area: 200 * 100, durationSeconds: 5 })], asked(30));
  expect(choice).toMatchObject({ status: 'waiting', why: 'loading' });
});
