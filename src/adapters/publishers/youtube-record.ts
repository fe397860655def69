import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Records } from '../../ports/records.ts';

/** The collection of what was begun, so that nothing is uploaded twice. */
export const uploadsCollection = 'uploads';

const countSchema = z.int().nonnegative();

/** Something done after the film is there: `begun` may have worked, or not; `refused` will not. */
const stepSchema = z.enum(['begun', 'done', 'refused']);

/** Who is at something, and until when nobody else may be, ISO 8601. */
export const leaseSchema = z.strictObject({
  holder: z.uuid(),
  machine: z.string().max(20),
  processId: countSchema,
  until: z.iso.datetime(),
});

/** How far the upload of one film is. Written before the first byte is sent; it holds nothing that is secret. */
export const uploadSchema = z.strictObject({
  version: z.literal(1),
  /** Whose channel it goes to. */
  channelId: z.string().min(1).max(64),
  contentHash: z.string().min(1).max(100),
  sizeBytes: countSchema,
  /** What the film was called when it was first sent: it is found again on the channel by that. */
  title: z.string().max(500),
  /** When it was first begun, ISO 8601. */
  startedAt: z.iso.datetime(),
  /** The one session that may send; another is begun only when this one is gone, and the channel does not have the film. */
  session: z
    .strictObject({
      id: z.uuid(),
      /** Which title and settings it was begun with. */
      metadataKey: z.string().max(100),
      /** So many bytes YouTube said that it has. */
      acknowledgedBytes: countSchema,
      /** So many were sent at most, whether or not they arrived. */
      sentBytes: countSchema,
    })
    .optional(),
  /** When a last byte was last sent, ISO 8601: from then on the film may be on the channel. */
  sentToEndAt: z.iso.datetime().optional(),
  /** Who is at it, and until when nobody else may be, ISO 8601. */
  lease: leaseSchema.optional(),
  /** The video, once all of the film is there. */
  videoId: z
    .string()
    .regex(/^[\w-]{1,64}$/u)
    .optional(),
  /** Which title and settings the video has. */
  metadataKey: z.string().max(100).optional(),
  /** What else was done: `cover`, `captions`, `playlist PL…`. */
  steps: z.record(z.string().max(100), stepSchema),
  /** What a step was refused with, by its name. */
  refusals: z.record(z.string().max(100), z.string().max(500)),
  /** What came of it, once all is done. */
  published: z
    .strictObject({
      target: z.literal('youtube'),
      id: z.string(),
      url: z.string(),
      at: z.iso.datetime(),
      found: z.record(z.string(), z.string()),
      differences: z.array(z.strictObject({ what: z.string(), asked: z.string(), got: z.string() })),
    })
    .optional(),
});
/** How far the upload of one film is. */
export type Upload = Readonly<z.infer<typeof uploadSchema>>;

/**
 * So long nobody else takes over, in ms. It is renewed before everything that is sent, and nothing that is sent may take half as long:
 * a holder that was overtaken has nothing on its way any more.
 */
export const leaseMs = 600_000;

/** What was written so recently is still ours for certain, in ms: it is not written again for nothing. */
const freshMs = 60_000;

/** On top, for clocks of two machines that differ, in ms. */
const clockMarginMs = 120_000;

const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** An upload that is ours to go on with, until it is let go. */
export interface HeldUpload {
  /** As it stands. */
  readonly upload: Upload;
  /**
   * Writes down a change, and now and then that we are still at it: before anything that cannot be taken back.
   * @throws conflict.upload_taken when somebody else took over; then nothing more may be sent
   */
  save(change: Partial<Upload>): Promise<void>;
  /** Lets go of it. Where that cannot be written, it is free when its time is over. */
  release(): Promise<void>;
}

/** Where an upload is written down, and by which clock. */
export type UploadPlace = {
  readonly records: Pick<Records, 'get' | 'put'>;
  readonly itemId: string;
  /** Ms since 1970. */
  readonly now: () => number;
};

/** How far an upload is; undefined where it was never begun. @throws tool.upload_record */
export async function readUpload({ records, itemId }: UploadPlace): Promise<Upload | undefined> {
  const stored = await records.get(uploadsCollection, idOf(itemId));
  return stored === undefined ? undefined : parse(stored.value, itemId);
}

/**
 * Takes an upload in hand, or begins it. Of several processes one succeeds.
 * @throws conflict.upload_busy while another process has it, tool.upload_record
 */
export async function holdUpload(
  place: UploadPlace,
  fresh: Pick<Upload, 'channelId' | 'contentHash' | 'sizeBytes' | 'title'>,
): Promise<HeldUpload> {
  const { records, itemId, now } = place;
  const id = idOf(itemId);
  const holder = randomUUID();
  const lease = () => newLease(holder, now());
  const stored = await records.get(uploadsCollection, id);
  let upload: Upload =
    stored === undefined
      ? {
          version: 1,
          ...fresh,
          startedAt: new Date(now()).toISOString(),
          steps: {},
          refusals: {},
        }
      : parse(stored.value, itemId);
  const busyUntil = isHeld(upload.lease, now());
  if (busyUntil !== undefined) throw busy(itemId, busyUntil);
  let version = stored?.version ?? 0;

  const write = async (next: Upload): Promise<void> => {
    try {
      ({ version } = await records.put(uploadsCollection, id, next, { ifVersion: version }));
    } catch (error) {
      if (!isChanged(error)) throw error;
      // Our own write may have come through, and its answer not: a store that is asked over a network tries again.
      const there = await records.get(uploadsCollection, id);
      if (there === undefined || !isDeepStrictEqual(there.value, next)) throw taken(itemId);
      ({ version } = there);
    }
    upload = next;
  };
  await write({ ...upload, lease: lease() });
  let writtenMs = now();
  return {
    get upload() {
      return upload;
    },
    async save(change) {
      const next = withoutUndefined({ ...upload, ...change });
      if (now() - writtenMs < freshMs && isDeepStrictEqual(next, upload)) return;
      await write({ ...next, lease: lease() });
      writtenMs = now();
    },
    async release() {
      const { lease: _lease, ...rest } = upload;
      await write(rest).catch(() => {});
    },
  };
}

function idOf(itemId: string): string {
  return `youtube/${itemId}`;
}

function parse(value: unknown, itemId: string): Upload {
  const parsed = uploadSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PatternPivotError(
    'tool.upload_record',
    `What is written down of the upload ${itemId} is damaged.`,
    {
      hint: 'Look at the channel whether the video is there; a newer version may have written it. Nothing is sent.',
      context: { itemId },
    },
  );
}

/** Until when it is somebody's, ISO 8601; undefined where it is nobody's: a process of this machine that is gone holds nothing. */
export function isHeld(lease: z.infer<typeof leaseSchema> | undefined, nowMs: number): string | undefined {
  if (lease === undefined) return undefined;
  const isGone = lease.machine === machine && lease.processId !== process.pid && !isRunning(lease.processId);
  if (isGone) return undefined;
  return Date.parse(lease.until) + clockMarginMs > nowMs ? lease.until : undefined;
}

/** A lease of this process, from now on. */
export function newLease(holder: string, nowMs: number): z.infer<typeof leaseSchema> {
  return { holder, machine, processId: process.pid, until: new Date(nowMs + leaseMs).toISOString() };
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // Somebody else's process runs too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A record has no undefined values: what is set to it is left out. */
function withoutUndefined(upload: { [Key in keyof Upload]: Upload[Key] | undefined }): Upload {
  return Object.fromEntries(Object.entries(upload).filter(([, value]) => value !== undefined)) as Upload;
}

/** Whether a put failed because somebody else's came first. */
export function isChanged(error: unknown): boolean {
  return error instanceof PatternPivotError && error.code === 'conflict.record_changed';
}

function busy(itemId: string, until: string): PatternPivotError {
  return new PatternPivotError('conflict.upload_busy', `Another process is uploading ${itemId}.`, {
    retryable: true,
    hint: `Let it go on; should it have died on another machine, this one takes over a while after ${until}.`,
    context: { itemId, until },
  });
}

function taken(itemId: string): PatternPivotError {
  return new PatternPivotError('conflict.upload_taken', `Another process took over the upload ${itemId}.`, {
    retryable: true,
    hint: 'Let it go on there.',
    context: { itemId },
  });
}
