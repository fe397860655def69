import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Source } from '../src/domain/source.ts';
import { overlapOf } from '../src/inference/face-boxes.ts';
import { startFaceFinder, type FindHow } from '../src/inference/face-finder.ts';
import { openFrames } from '../src/media/open-frames.ts';
import { probeMedia } from '../src/media/probe.ts';
import { look } from '../src/stages/look/look.ts';
import type { StageCache } from '../src/stages/stage.ts';
import { makePhotoVideo } from '../test/fixtures/make-photo-video.ts';
import { recordingPath } from '../test/recordings.ts';

/** Faces: recall and precision on boxes drawn by hand, and how fast faces are looked for. */

const usage = 'npm run bench -- faces [photos|speed <video> [seconds]]';

/** How long each photo is shown, in frames. */
const framesEach = 5;

/** A box of `boxes.json`, px of the photo. */
type TruthBox = { top: number; left: number; width: number; height: number };

const forgets: StageCache = {
  remember: (work) => work.run(),
  rememberFile: () => Promise.reject(new Error('No file is made here.')),
};
const quiet = { signal: new AbortController().signal, report: () => {} };

/** Prints the tables. */
export async function run(args: string[]): Promise<void> {
  const [which = 'photos', path, seconds = '20'] = args;
  if (which === 'photos') await measurePhotos();
  else if (which === 'speed' && path !== undefined) await measureSpeed(path, Number(seconds));
  else throw new Error(usage);
}

async function measurePhotos(): Promise<void> {
  const folder = recordingPath('faces/annotated-photos');
  if (folder === undefined) {
    console.log('The photos with hand-drawn boxes are not on this machine.');
    return;
  }
  const truth: Record<string, TruthBox[]> = JSON.parse(readFileSync(join(folder, 'boxes.json'), 'utf8'));
  const temporary = await mkdtemp(join(tmpdir(), 'pivot-bench-'));
  try {
    console.log('width of the picture   found  of   extra  recall  precision  mean overlap  ms a picture');
    for (const [width, find] of [
      [640, 'quick'],
      [640, 'thorough'],
      [320, 'quick'],
      [320, 'thorough'],
      [160, 'thorough'],
    ] as const) {
      await measurePhotosAt({ folder, truth, temporary }, width, find);
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function measurePhotosAt(
  { folder, truth, temporary }: { folder: string; truth: Record<string, TruthBox[]>; temporary: string },
  size: number,
  find: FindHow,
): Promise<void> {
  const names = Object.keys(truth);
  const photos = names.map((name) => join(folder, name));
  const path = join(temporary, `${size}-${find}.mp4`);
  await makePhotoVideo({ path, photos, width: size, height: size, framesEach });
  const sizes = await Promise.all(photos.map((photo) => photoSize(photo)));
  const finder = startFaceFinder();
  let [found, all, extra, overlaps, ms] = [0, 0, 0, 0, 0];
  try {
    const frames = openFrames(path, {
      ranges: [{ startMs: 0, endMs: names.length * framesEach * 40 }],
      frameRate: { num: 25, den: 1 },
      sizes: [{ name: 'whole', width: size, pixelFormat: 'rgb24', everyFrames: framesEach }],
    });
    for await (const { frame, width, height, data } of frames) {
      const photo = sizes[frame / framesEach];
      const name = names[frame / framesEach];
      if (photo === undefined || name === undefined) continue;
      const request = { picture: { width, height, data }, near: [], find, describe: false };
      // The first look opens the models.
      if (frame === 0) await finder.look(request);
      const startMs = performance.now();
      const { faces } = await finder.look(request);
      ms += performance.now() - startMs;
      const scale = Math.min(size / photo.width, size / photo.height);
      const left = new Set(faces);
      for (const box of truth[name] ?? []) {
        all += 1;
        const wanted = {
          x: box.left * scale,
          y: box.top * scale,
          width: box.width * scale,
          height: box.height * scale,
        };
        const best = [...left]
          .map((face) => ({ face, overlap: overlapOf(face, wanted) }))
          .toSorted((a, b) => b.overlap - a.overlap)[0];
        if (best === undefined || best.overlap < 0.5) continue;
        found += 1;
        overlaps += best.overlap;
        left.delete(best.face);
      }
      extra += left.size;
    }
  } finally {
    await finder.close();
  }
  const cells = [
    `${size}, ${find}`.padEnd(21),
    String(found).padStart(5),
    String(all).padStart(4),
    String(extra).padStart(6),
    (found / all).toFixed(3).padStart(7),
    (found / (found + extra)).toFixed(3).padStart(10),
    (overlaps / found).toFixed(2).padStart(13),
    (ms / names.length).toFixed(0).padStart(13),
  ];
  console.log(cells.join(' '));
}

/** The size of a JPEG, from its frame header. */
async function photoSize(path: string): Promise<{ width: number; height: number }> {
  const bytes = readFileSync(path);
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1]!;
    if (marker >= 0xc0 && marker <= 0xc3) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    }
  }
  throw new Error(`${path} is no JPEG.`);
}

async function measureSpeed(path: string, seconds: number): Promise<void> {
  const info = await probeMedia(path);
  const source: Source = { path, contentHash: path, info };
  const range = { startMs: 0, endMs: Math.min(info.durationMs, seconds * 1000) };
  console.log(`${cpus().length} cores`);
  for (const faces of [false, true]) {
    const startMs = performance.now();
    const startSeconds = processorSeconds();
    const [seen] = await look(source, [range], { cache: forgets, faces }, quiet);
    const tookSeconds = (performance.now() - startMs) / 1000;
    const watched = seen === undefined ? 0 : (seen.endMs - seen.startMs) / 1000;
    const looks = seen?.faces?.length ?? 0;
    const busy = (processorSeconds() - startSeconds) / watched;
    const parts = [
      `${faces ? 'shots and faces' : 'shots alone'}: ${watched.toFixed(1)} s watched in ${tookSeconds.toFixed(1)} s`,
      `${(tookSeconds / watched).toFixed(2)} × its length`,
      ...(busy > 0 ? [`${busy.toFixed(2)} s of one core a second`] : []),
      ...(faces
        ? [
            `${(looks / tookSeconds).toFixed(1)} looks a second`,
            `one every ${((watched * 1000) / looks).toFixed(0)} ms of the video`,
          ]
        : []),
    ];
    console.log(parts.join(', '));
  }
}

/** Seconds of a core that this process and those that it has ended used; 0 where the system does not say. */
function processorSeconds(): number {
  if (!existsSync('/proc/self/stat')) return 0;
  // After the name in brackets: fields 14 to 17 are own and ended children's time, user and system, in hundredths.
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /u, '')
    .split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / 100;
}
