import { describe, expect, it } from 'vitest';
import { matchFiles, type FileMatch, type HeardEvidence } from './match-files.ts';
import { weighSound, type CandidateFile, type WantedVideo } from './weigh-match.ts';

const videos: WantedVideo[] = [
  {
    id: 'aaaaaaaaaa1',
    title: 'Why nobody believed in compilers',
    durationMs: 754_000,
    publishedAt: '2024-05-01T10:00:00Z',
  },
  {
    id: 'aaaaaaaaaa2',
    title: 'Interview: Episode 12',
    durationMs: 1_800_000,
    publishedAt: '2024-06-01T10:00:00Z',
  },
  {
    id: 'aaaaaaaaaa3',
    title: 'Interview: Episode 13',
    durationMs: 1_800_000,
    publishedAt: '2024-07-01T10:00:00Z',
  },
  { id: 'aaaaaaaaaa4', title: 'Weekly news', durationMs: 61_000, publishedAt: '2024-08-01T10:00:00Z' },
  { id: 'aaaaaaaaaa5', title: 'Weekly news', durationMs: 59_000, publishedAt: '2024-08-08T10:00:00Z' },
  {
    id: 'aaaaaaaaaa6',
    title: 'Über die Kunst, lange Überschriften für Videos zu finden | Teil 2',
    durationMs: 300_000,
  },
];

const nothingHeard: HeardEvidence = () => undefined;

function match(file: Partial<CandidateFile> & { name: string }, heard = nothingHeard): FileMatch[] {
  return matchFiles([{ isTakeout: false, ...file }], videos, heard);
}

const told = (matches: readonly FileMatch[]) => matches.map(({ video, certainty }) => [video, certainty]);

describe('a file that lies alone', () => {
  it('is known by the id in its name, wherever it stands', () => {
    for (const name of ['talk [aaaaaaaaaa1].mkv', 'aaaaaaaaaa1.mp4', 'old/talk-aaaaaaaaaa1.webm']) {
      expect(told(match({ name, durationMs: 754_300 }))).toEqual([[0, 'sure']]);
    }
    // An id with another length: somebody gave it to something else.
    expect(told(match({ name: 'talk [aaaaaaaaaa1].mkv', durationMs: 90_000 }))).toEqual([[0, 'possible']]);
    expect(match({ name: 'bbbbbbbbbb1.mp4', durationMs: 10_000 })).toEqual([]);
  });

  it('is known by a title and a length that agree, and not by one of them', () => {
    const name = 'nobody-believed-in-compilers FINAL v3.mov';
    expect(told(match({ name, durationMs: 754_800 }))).toEqual([[0, 'sure']]);
    expect(told(match({ name, durationMs: 200_000 }))).not.toContainEqual([0, 'sure']);
    const [byLength] = match({ name: 'MVI_0042.MOV', durationMs: 754_800 });
    expect(byLength).toMatchObject({ video: 0, certainty: 'likely' });
    expect(byLength?.evidence.map(({ text }) => text)).toEqual(['as long']);
  });

  it('may have a title of eleven letters, as ids have', () => {
    const wanted = [{ id: 'aaaaaaaaaa7', title: 'Film, part 1', durationMs: 102_000 }];
    const file = { name: 'film-part-1.mp4', isTakeout: false, durationMs: 102_334 };
    expect(told(matchFiles([file], wanted, nothingHeard))).toEqual([[0, 'sure']]);
  });

  it('is not taken for another episode of the same length', () => {
    expect(told(match({ name: 'interview episode 13.mp4', durationMs: 1_800_400 }))[0]).toEqual([2, 'sure']);
    expect(told(match({ name: 'interview episode 12 final.mp4', durationMs: 1_800_400 }))[0]).toEqual([
      1,
      'sure',
    ]);
    expect(
      told(match({ name: 'GX010042.MP4', durationMs: 1_800_400 })).map(([, certainty]) => certainty),
    ).toEqual(['possible', 'possible']);
  });

  it('is nobody when nothing speaks for it', () => {
    expect(match({ name: 'holiday.mp4', durationMs: 12_000 })).toEqual([]);
    expect(match({ name: 'IMG_2000.MOV' })).toEqual([]);
    expect(matchFiles([{ name: 'a.mp4', isTakeout: false }], [], nothingHeard)).toEqual([]);
  });
});

describe('a file of Takeout', () => {
  it('is known by its title, cut and cleaned as Takeout does', () => {
    const name = 'Über die Kunst, lange Überschriften für Vi.mp4';
    expect(told(match({ name, isTakeout: true }))).toEqual([[5, 'sure']]);
    expect(told(match({ name: 'Interview Episode 12.mp4', isTakeout: true }))[0]).toEqual([1, 'sure']);
  });

  it('is one of several videos of one title until its length or its sound tells which', () => {
    expect(told(match({ name: 'Weekly news(1).mp4', isTakeout: true }))).toEqual([
      [3, 'possible'],
      [4, 'possible'],
    ]);
    expect(told(match({ name: 'Weekly news(1).mp4', isTakeout: true, durationMs: 59_100 }))[0]).toEqual([
      4,
      'sure',
    ]);
  });

  it('is what is left when the other files of its name are settled', () => {
    const files = ['Weekly news.mp4', 'Weekly news(1).mp4'].map((name, index) => ({
      name,
      isTakeout: true,
      durationMs: index === 1 ? 59_000 : undefined,
    }));
    expect(told(matchFiles(files, videos, nothingHeard))).toEqual([
      [3, 'sure'],
      [4, 'sure'],
    ]);
  });
});

describe('sound', () => {
  const whole = { firstShare: 0.99, secondShare: 0.99, sharedMs: 745_000, shiftMs: 0, errorPercent: 1.2 };

  it('tells a file with another name, and outweighs a length that an edit changed', () => {
    const same = weighSound(whole);
    const heard: HeardEvidence = (_, video) => (video === 0 ? same : weighSound(undefined));
    expect(told(match({ name: 'MVI_0042.MOV', durationMs: 754_800 }, heard))).toEqual([[0, 'sure']]);
    expect(told(match({ name: 'holiday in Spain.mov', durationMs: 800_000 }, heard))).toEqual([[0, 'sure']]);
  });

  it('speaks against a file that has the title and the length', () => {
    const heard: HeardEvidence = () => weighSound(undefined);
    expect(
      told(match({ name: 'Why nobody believed in compilers.mov', durationMs: 754_000 }, heard)),
    ).not.toContainEqual([0, 'sure']);
  });

  it('of a long recording that holds the video is told, and not taken for it', () => {
    const heard: HeardEvidence = (_, video) =>
      video === 0 ? weighSound({ ...whole, firstShare: 0.1 }) : undefined;
    const [found] = match({ name: 'raw.mov', durationMs: 7_200_000 }, heard);
    expect(found).toMatchObject({ video: 0, certainty: 'likely' });
    expect(found?.evidence.at(-1)?.text).toBe("holds all of the video's sound, and more: that is 10 % of it");
  });
});

it('shares what only a length tells among the files of that length', () => {
  const files = ['MVI_1.MOV', 'MVI_2.MOV', 'MVI_3.MOV'].map((name) => ({
    name,
    durationMs: 754_100,
    isTakeout: false,
  }));
  const found = matchFiles(files, videos, nothingHeard);
  expect(found).toHaveLength(3);
  for (const { confidence, certainty } of found) {
    expect(confidence).toBeLessThan(0.4);
    expect(certainty).toBe('possible');
  }
});

it('matches fifty files with ten thousand videos within seconds', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => ({
    id: `v${String(index).padStart(10, '0')}`,
    title: `Talk ${index} about the ${index % 97}th way of thinking`,
    durationMs: 60_000 + ((index * 7919) % 3_000_000),
  }));
  const files = Array.from({ length: 50 }, (_, index) => ({
    name: `Talk ${index * 10} about the ${(index * 10) % 97}th way of thinking.mp4`,
    durationMs: 60_000 + ((index * 10 * 7919) % 3_000_000),
    isTakeout: false,
  }));
  const startedAt = performance.now();
  const found = matchFiles(files, many, nothingHeard);
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  const sure = found.filter(({ certainty }) => certainty === 'sure');
  expect(sure.filter(({ file, video }) => video === file * 10).length).toBeGreaterThan(45);
  expect(sure.every(({ file, video }) => video === file * 10)).toBe(true);
});
