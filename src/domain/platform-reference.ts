import { PatternPivotError } from './errors.ts';

/** A channel, by whichever of its names is known. */
export type ChannelReference =
  | { readonly kind: 'channel'; readonly id: string }
  /** With its `@`. */
  | { readonly kind: 'handle'; readonly handle: string }
  /** The name of old channels: youtube.com/user/… */
  | { readonly kind: 'user'; readonly name: string };

/** What of a platform is meant. */
export type PlatformReference =
  | ChannelReference
  | { readonly kind: 'playlist'; readonly id: string }
  | { readonly kind: 'video'; readonly id: string };

const hosts = new Set(['youtube.com', 'www.youtube.com', 'm.youtube.com', 'music.youtube.com']);
const channelPattern = /^UC[\w-]{22}$/u;
const playlistPattern = /^(?:PL|UU|FL|OL|LL|RD)[\w-]{8,62}$/u;
const videoPattern = /^[\w-]{11}$/u;
// Letters of any script: https://support.google.com/youtube/answer/11585688
const handlePattern = /^@[\p{L}\p{N}._·-]{3,30}$/u;

/**
 * What somebody means by an id, a handle or an address of YouTube's. An address of a video in a playlist means the video.
 * @throws input.platform_reference
 */
export function readPlatformReference(text: string): PlatformReference {
  const wanted = text.trim();
  return readName(wanted) ?? readAddress(wanted) ?? refuse(text);
}

function readName(text: string): PlatformReference | undefined {
  if (handlePattern.test(text)) return { kind: 'handle', handle: text };
  if (channelPattern.test(text)) return { kind: 'channel', id: text };
  if (videoPattern.test(text)) return { kind: 'video', id: text };
  if (playlistPattern.test(text)) return { kind: 'playlist', id: text };
  return undefined;
}

function readAddress(text: string): PlatformReference | undefined {
  const address = /^https?:\/\//iu.test(text) ? text : `https://${text}`;
  if (!URL.canParse(address)) return undefined;
  const { hostname, pathname, searchParams } = new URL(address);
  const [first = '', second = ''] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  if (hostname === 'youtu.be') return named('video', first, videoPattern);
  if (!hosts.has(hostname)) return undefined;
  const video = searchParams.get('v');
  if (first === 'watch' && video !== null) return named('video', video, videoPattern);
  if (first === 'playlist') return named('playlist', searchParams.get('list') ?? '', playlistPattern);
  if (first === 'channel') return named('channel', second, channelPattern);
  if (['shorts', 'live', 'embed'].includes(first)) return named('video', second, videoPattern);
  if (first === 'user' && /^[\w.-]{1,60}$/u.test(second)) return { kind: 'user', name: second };
  return handlePattern.test(first) ? { kind: 'handle', handle: first } : undefined;
}

function named(
  kind: 'video' | 'playlist' | 'channel',
  id: string,
  pattern: RegExp,
): PlatformReference | undefined {
  return pattern.test(id) ? { kind, id } : undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function refuse(text: string): never {
  throw new PatternPivotError(
    'input.platform_reference',
    `"${text.slice(0, 100)}" is nothing of YouTube's.`,
    {
      hint: 'Write a handle (@name), the id or the address of a channel, a playlist or a video.',
      context: { text: text.slice(0, 100) },
    },
  );
}
