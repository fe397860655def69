import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMedia } from '../fixtures/make-media.ts';
import { makeClip, makeTimeline } from '../fixtures/make-timeline.ts';
import { runPivot } from './run-pivot.ts';

let folder: string;
const film = 'a "b" & ü.mp4';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot export "ü" '));
  await makeMedia({ path: join(folder, 'film.mp4'), durationMs: 4000 });
  await rename(join(folder, 'film.mp4'), join(folder, film));
  const contentHash = `sha256:${createHash('sha256')
    .update(await readFile(join(folder, film)))
    .digest('hex')}`;
  const crop = { kind: 'crop' as const, keyframes: [{ frame: 0, x: 100, y: 0, width: 101.25, height: 180 }] };
  const clips = [
    makeClip({ id: 'one', sourceStartFrame: 40, durationFrames: 30 }),
    makeClip({ id: 'two', startFrame: 30, durationFrames: 20 }),
  ];
  const timeline = makeTimeline(film, clips);
  const [picture, sound] = timeline.tracks;
  const words = (startMs: number, sourceStartMs: number, text: string) => ({
    startMs,
    endMs: startMs + 400,
    words: [
      {
        text,
        startMs,
        endMs: startMs + 300,
        sourceStartMs,
        sourceEndMs: sourceStartMs + 300,
        assetId: 'talk',
      },
    ],
  });
  const document = {
    ...timeline,
    assets: [{ ...timeline.assets[0], contentHash, durationMs: 4000 }],
    tracks: [{ ...picture, clips: clips.map((clip) => Object.assign({}, clip, { effects: [crop] })) }, sound],
    captions: { style: 'pop', cues: [words(200, 1800, 'Hello'), words(1400, 200, 'there')] },
  };
  await writeFile(join(folder, 'x.timeline.json'), `${JSON.stringify(document, undefined, 2)}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runPivot(args, { cwd: folder });
const read = (name: string) => readFile(join(folder, name), 'utf8');

describe('pivot export', () => {
  it.each([
    ['otio', 'x.otio', '"Timeline.1"'],
    ['fcpxml', 'x.fcpxml', 'scale="3.16049 3.16049"'],
    ['edl', 'x.edl', '001  AX       V     C        00:00:01:15 00:00:02:20 00:00:00:00 00:00:01:05'],
    ['srt', 'x.srt', 'Hello'],
  ])('--to %s writes %s and says what is not in it', async (format, name, holds) => {
    const result = await run('export', 'x.timeline.json', '--to', format);
    expect(result.stderr).toContain(`✓ ${join(folder, name)}`);
    expect(result.stderr).toContain('Not in it:');
    expect(result.exitCode).toBe(0);
    expect(await read(name)).toContain(holds);
  });

  it('writes to standard output', async () => {
    const result = await run('export', 'x.timeline.json', '--to', 'edl', '--out', '-', '--quiet');
    expect(result.stdout).toMatch(/^TITLE: a clip\nFCM: NON-DROP FRAME\n/u);
    expect(result.stderr).toBe('');
  });

  it('leaves a file alone that was edited, and replaces it when told to', async () => {
    await mkdir(join(folder, 'out'));
    const out = join('out', 'y.edl');
    expect((await run('export', 'x.timeline.json', '--to', 'edl', '--out', out)).exitCode).toBe(0);
    const whole = await read(out);
    await writeFile(join(folder, out), `${whole}* MINE\n`);
    const again = await run('export', 'x.timeline.json', '--to', 'edl', '--out', out);
    expect(again.stderr).toContain('You edited');
    expect(await read(out)).toContain('* MINE');
    expect(await read(join('out', 'y.new.edl'))).toBe(whole);
    await run('export', 'x.timeline.json', '--to', 'edl', '--out', out, '--force');
    expect(await read(out)).toBe(whole);
  });

  it('names a file that is not there all the same, and says so', async () => {
    const timeline = JSON.parse(await read('x.timeline.json'));
    timeline.assets[0] = {
      ...timeline.assets[0],
      path: '/gone/film.mp4',
      contentHash: `sha256:${'0'.repeat(64)}`,
    };
    await writeFile(join(folder, 'gone.timeline.json'), JSON.stringify(timeline));
    const result = await run('export', 'gone.timeline.json', '--to', 'fcpxml');
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain('The file is not there, or cannot be read: /gone/film.mp4');
    expect(result.stderr).toContain('was not there to measure');
    expect(await read('gone.fcpxml')).toContain('file:///gone/film.mp4');
  });

  it.each([
    [['export', 'x.timeline.json', '--to', 'avi'], 2, /Allowed choices are otio, fcpxml/u],
    [['export', 'x.timeline.json'], 2, /--to/u],
    [['import', 'x.timeline.json'], 2, /holds no timeline/u],
  ])('%j is told in three lines', async (args, exitCode, what) => {
    const result = await run(...args);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toMatch(what);
    expect(result.stderr).not.toMatch(/\n\s+at /u);
  });
});

describe('pivot import', () => {
  it('brings an export back as it was, beside a timeline that is there', async () => {
    await run('export', 'x.timeline.json', '--to', 'otio');
    const same = await run('import', 'x.otio', '--quiet');
    expect(same.exitCode).toBe(0);
    expect(JSON.parse(await read('x.timeline.json'))).toEqual(
      JSON.parse((await run('import', 'x.otio', '--out', '-')).stdout),
    );
    await expect(access(join(folder, 'x.imported.timeline.json'))).rejects.toThrow();
    const document = JSON.parse(await read('x.otio'));
    for (const track of document.tracks.children) track.children.reverse();
    await writeFile(join(folder, 'x.otio'), JSON.stringify(document));
    const before = await read('x.timeline.json');
    const edited = await run('import', 'x.otio');
    expect(edited.stderr).toContain('x.imported.timeline.json');
    expect(await read('x.timeline.json')).toBe(before);
    const timeline = JSON.parse(await read('x.imported.timeline.json'));
    expect(
      timeline.tracks[0].clips.map((clip: { id: string; startFrame: number }) => [clip.id, clip.startFrame]),
    ).toEqual([
      ['two', 0],
      ['one', 20],
    ]);
    expect(
      timeline.captions.cues.map((cue: { startMs: number; words: { text: string }[] }) => [
        cue.words[0]?.text,
        cue.startMs,
      ]),
    ).toEqual([
      ['there', 200],
      ['Hello', 1000],
    ]);
  });

  it("makes a timeline of another program's document that can be rendered", async () => {
    const rational = (value: number) => ({ OTIO_SCHEMA: 'RationalTime.1', value, rate: 25 });
    const document = {
      OTIO_SCHEMA: 'Timeline.1',
      name: 'theirs',
      tracks: {
        OTIO_SCHEMA: 'Stack.1',
        children: ['Video', 'Audio'].map((kind) => ({
          OTIO_SCHEMA: 'Track.1',
          kind,
          children: [
            {
              OTIO_SCHEMA: 'Clip.2',
              source_range: { OTIO_SCHEMA: 'TimeRange.1', start_time: rational(10), duration: rational(25) },
              media_references: { DEFAULT_MEDIA: { OTIO_SCHEMA: 'ExternalReference.1', target_url: film } },
            },
          ],
        })),
      },
    };
    await writeFile(join(folder, 'theirs.otio'), JSON.stringify(document));
    const imported = await run('import', 'theirs.otio', '--out', 'theirs.timeline.json');
    expect(imported.stderr).toContain('theirs.timeline.json');
    expect(JSON.parse(await read('theirs.timeline.json'))).toMatchObject({
      width: 320,
      height: 180,
      durationFrames: 25,
    });
    const rendered = await run('render', 'theirs.timeline.json', '--preview');
    expect(rendered.stderr).toContain('theirs.preview.mp4');
    expect(rendered.exitCode).toBe(0);
  });
});
