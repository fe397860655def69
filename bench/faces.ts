import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Source } from '../src/domain/source.ts';
import { overlapOf } from '../src/inference/face-boxes.ts';
import { startFaceFinder, type Box, type FindHow } from '../src/inference/face-finder.ts';
import type { Picture } from '../src/inference/sample-picture.ts';
import { openFrames } from '../src/media/open-frames.ts';
import { probeMedia } from '../src/media/probe.ts';
import { look } from '../src/stages/look/look.ts';
import type { StageCache } from '../src/stages/stage.ts';
import { makePhotoVideo } from '../test/fixtures/make-photo-video.ts';
import { recordingPath } from '../test/recordings.ts';

/** Faces: recall and precision on boxes drawn by hand, and how fast faces are looked for. */

const usage = 'npm run bench -- faces [photos|speed <video> [seconds]|persons <video>]';

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
  else if (which === 'persons' && path !== undefined) await measurePersons(path);
  else throw new Error(usage);
}

/** How many people are found once a second, in the picture as it is, and with each face that is seen painted over, hair and all. */
async function measurePersons(path: string): Promise<void> {
  const { durationMs } = await probeMedia(path);
  const finder = startFaceFinder();
  const counts = { asItIs: [0, 0, 0, 0], painted: [0, 0, 0, 0] };
  let [faces, near, ms, looks] = [0, 0, 0, 0];
  const count = async (picture: Picture, of: keyof typeof counts) => {
    const startMs = performance.now();
    const persons = await finder.findPersons(picture);
    // The first look opens the model.
    if (looks > 0) ms += performance.now() - startMs;
    looks += 1;
    counts[of][Math.min(3, persons.length)]! += 1;
    return persons;
  };
  try {
    const frames = openFrames(path, {
      ranges: [{ startMs: 0, endMs: durationMs }],
      frameRate: { num: 25, den: 1 },
      sizes: [{ name: 'whole', width: 640, pixelFormat: 'rgb24', everyFrames: 25 }],
    });
    for await (const { width, height, data } of frames) {
      const picture = { width, height, data };
      const seen = await finder.look({ picture, near: [], find: 'thorough', describe: false });
      await count(picture, 'asItIs');
      for (const face of seen.faces) paintOver(picture, face);
      const persons = await count(picture, 'painted');
      const isNear = (a: Box, b: Box) =>
        Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2) < b.width;
      faces += seen.faces.length;
      near += seen.faces.filter((face) => persons.some((person) => isNear(person, face))).length;
    }
  } finally {
    await finder.close();
  }
  console.log('looks with                     nobody  one  two  more');
  for (const [name, list] of Object.entries(counts)) {
    const cells = list.map((value, index) => String(value).padStart([7, 5, 5, 6][index] ?? 0));
    console.log(
      (name === 'painted' ? 'faces painted over' : 'the picture as it is').padEnd(30) + cells.join(''),
    );
  }
  console.log(`faces painted over: ${faces}, a head found within a face's width of them: ${near}`);
  console.log(`${(ms / Math.max(1, looks - 1)).toFixed(0)} ms a look`);
}

/** An oval of dark hair over a face. */
function paintOver({ width, height, data }: Picture, face: Box): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const across = (x - face.x - face.width / 2) / (0.62 * face.width);
      const down = (y - face.y - 0.4 * face.height) / (0.66 * face.height);
      if (across ** 2 + down ** 2 < 1) data.set([48, 36, 30], (y * width + x) * 3);
    }
  }
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
