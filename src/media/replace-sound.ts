import { childModulePath, startChild } from '../process/child.ts';

/** A film that gets another sound. */
export type SoundReplacement = {
  /** Absolute paths. `to` is written directly: give a temporary name. */
  readonly film: string;
  readonly videoStreamIndex: number;
  /** Its first stream is taken, as it is encoded. */
  readonly sound: string;
  readonly to: string;
  /** FFmpeg's muxer name, and its options. */
  readonly format: string;
  readonly formatOptions: Readonly<Record<string, string>>;
};

/**
 * Puts another sound to a film's picture, in a child process. Nothing is encoded: packets are copied as they are.
 * @throws tool.render_failed, tool.disk_full, input.not_writable, tool.child_died
 */
export async function replaceSound(
  replacement: SoundReplacement,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  signal.throwIfAborted();
  const child = startChild(childModulePath(import.meta.url, './replace-sound.child'), { title: 'The muxer' });
  const onAbort = () => void child.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await child.call('replaceSound', replacement);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await child.close();
  }
}
