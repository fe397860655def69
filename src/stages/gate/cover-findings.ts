import type { GateFinding } from '../../domain/gate.ts';
import { readPictureHeader } from '../../domain/picture-header.ts';
import type { PlatformName } from '../../domain/platforms.ts';

/** The picture that stands for a film. Pure. */

/** YouTube takes thumbnails of 2 MB: https://developers.google.com/youtube/v3/docs/thumbnails/set */
const mostBytes = 2_097_152;

/** A cover by the head of its file. */
export function judgeCover(
  name: string,
  head: Buffer,
  sizeBytes: number,
  platforms: readonly PlatformName[],
): GateFinding[] {
  const isWebp = head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP';
  const mend = 'Make another one (pivot cover), or move it away.';
  if (!isWebp && readPictureHeader(head) === undefined) {
    return [{ rule: 'cover_unreadable', severity: 'stops', text: `${name} is no picture.`, mend }];
  }
  if (!platforms.includes('shorts') || sizeBytes <= mostBytes) return [];
  const text = `YouTube Shorts: ${name} has ${(sizeBytes / 1_048_576).toFixed(1)} MB; 2 are taken.`;
  return [{ rule: 'cover_size', severity: 'stops', text, mend, platform: 'shorts' }];
}
