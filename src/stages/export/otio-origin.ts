import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { rationalSchema, type Rational } from '../../domain/time.ts';
import { timelineSchema, type Clip, type Timeline } from '../../domain/timeline.ts';
import { otioMetadataVersion } from './otio.ts';
import type { OtioTimeline } from './otio-document.ts';
import { pathOfReference } from './file-url.ts';

/** What an export wrote into `metadata.pivot`: the timeline as it was, so that an import can tell what an editor changed. */

const originSchema = timelineSchema
  .pick({
    frameRate: true,
    width: true,
    height: true,
    loudness: true,
    assets: true,
    fonts: true,
    tracks: true,
    transitions: true,
    captions: true,
  })
  .extend({
    version: z.literal(otioMetadataVersion),
    /** URL of the folder that relative paths counted from. */
    folder: z.string(),
    /** The timeline's own `metadata.pivot`. */
    metadata: z.unknown().optional(),
  });

/** The timeline that a document was exported from; its clips' effects are in the document. */
export type OtioOrigin = Readonly<z.infer<typeof originSchema>> & {
  readonly clips: ReadonlyMap<string, { readonly clip: Clip; readonly kind: 'video' | 'audio' }>;
};

/** Reads it, with paths that hold from another folder too. Undefined for documents of other programs. */
export function readOrigin(document: OtioTimeline, folder: string): OtioOrigin | undefined {
  const parsed = originSchema.safeParse(document.metadata?.['pivot']);
  if (!parsed.success) return undefined;
  const origin = parsed.data;
  const was = pathOfReference(origin.folder, '/');
  const isMoved = was !== undefined && resolve(was) !== resolve(folder);
  const place = <T extends { path: string }>(file: T): T =>
    isMoved && !isAbsolute(file.path) ? { ...file, path: resolve(was, file.path) } : file;
  return {
    ...origin,
    assets: origin.assets.map((asset) =>
      asset.kind === 'file' || asset.kind === 'image' ? place(asset) : asset,
    ),
    ...(origin.fonts === undefined ? {} : { fonts: origin.fonts.map(place) }),
    clips: new Map(
      origin.tracks.flatMap((track) =>
        track.clips.map((clip) => [clip.id, { clip, kind: track.kind }] as const),
      ),
    ),
  };
}

/** What is ours in an object's metadata, with a shape that is checked; undefined where it is not. */
export function ownMetadata<T>(
  object: { readonly metadata?: Record<string, unknown> | null | undefined },
  schema: z.ZodType<T>,
): T | undefined {
  return schema.safeParse(object.metadata?.['pivot']).data;
}

/** The metadata of an object that was exported under an id. */
export const idMetadataSchema = z.looseObject({ id: z.string() });

/** The metadata of a media reference. */
export const mediaMetadataSchema = z.looseObject({ assetId: z.string(), url: z.string().optional() });

/** The metadata of a changed speed. */
export const speedMetadataSchema = z.looseObject({ speed: rationalSchema });

/** The metadata of a caption's marker. */
export const cueMetadataSchema = z.looseObject({ cue: z.int().nonnegative() });

/** The timeline rates that are written with a denominator of 1001, and how far a number may be off one that is meant. */
const rateTolerance = 1e-4;

/**
 * The exact fraction that a number stands for: 29.97 and 29.97002997 are 30000/1001, 23.976 is 24000/1001, 2.5 is 5/2. The
 * simplest fraction within a millionth where none of those is meant.
 */
export function toRational(value: number): Rational {
  const whole = Math.round(value);
  if (Math.abs(value - whole) < 1e-9 && whole > 0) return { num: whole, den: 1 };
  const broadcast = Math.round((value * 1001) / 1000);
  if (
    broadcast % 6 === 0 &&
    broadcast >= 12 &&
    Math.abs((broadcast * 1000) / 1001 / value - 1) < rateTolerance
  ) {
    return { num: broadcast * 1000, den: 1001 };
  }
  for (let den = 1; den <= 10_000; den++) {
    const num = Math.round(value * den);
    if (num > 0 && Math.abs(num / den - value) < value * 1e-6) return { num, den };
  }
  return { num: Math.max(1, Math.round(value * 10_000)), den: 10_000 };
}

/** Whether two timelines have the same clips in the same places. */
export function hasSameClips(tracks: Timeline['tracks'], origin: Pick<OtioOrigin, 'tracks'>): boolean {
  const places = (list: Timeline['tracks']) =>
    JSON.stringify(
      list.map((track) =>
        track.clips.map((clip) => [
          clip.id,
          clip.assetId,
          clip.startFrame,
          clip.durationFrames,
          clip.sourceStartFrame,
          clip.speed.num / clip.speed.den,
        ]),
      ),
    );
  return places(tracks) === places(origin.tracks);
}
