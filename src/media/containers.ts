/**
 * The containers that may be opened, by FFmpeg's demuxer names. Whatever can name another file or a host (playlists,
 * `concat`, `hls`, `dash`, image patterns, scripts, network formats) is not among them.
 */
export const allowedDemuxers: readonly string[] = [
  'mov,mp4,m4a,3gp,3g2,mj2',
  'matroska,webm',
  'avi',
  'mpegts',
  'mpeg',
  'mpegvideo',
  'flv',
  'asf',
  'mxf',
  'nut',
  'ivf',
  'dv',
  'wtv',
  'mp3',
  'wav',
  'w64',
  'aiff',
  'au',
  'caf',
  'flac',
  'ogg',
  'aac',
  'ac3',
  'eac3',
  'amr',
  'ape',
  'wv',
  'tta',
];

/** How files that point at other files or hosts begin; FFmpeg tells some of them by the ending of their name alone. */
const pointers: readonly { readonly kind: string; readonly start: RegExp }[] = [
  { kind: 'hls', start: /^#EXTM3U/u },
  { kind: 'concat', start: /^(?:ffconcat version|file\s+['"\S])/u },
  { kind: 'dash', start: /^(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*)*<MPD\b/u },
  { kind: 'smil', start: /^(?:<\?xml[^>]*>\s*)?<smil\b/iu },
  { kind: 'svg', start: /^(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg\b/u },
  { kind: 'asx', start: /^<asx\b/iu },
  { kind: 'pls', start: /^\[playlist\]/iu },
  { kind: 'rtsp', start: /^(?:RTSPtext|\[reference\]|(?:rtsp|rtmp|mms|https?):\/\/)/iu },
  { kind: 'sdp', start: /^v=0\r?\no=/u },
];

/** The kind of a file that points at others (a playlist, a script), told by its first bytes; undefined for others. */
export function pointerKind(head: Buffer): string | undefined {
  const text = head
    .subarray(0, 4096)
    .toString('latin1')
    .replace(/^(?:\xef\xbb\xbf)?\s*/u, '');
  return pointers.find(({ start }) => start.test(text))?.kind;
}

/** The only protocol: no `http`, `concat:`, `subfile`, `data:`, … */
export const allowedProtocols = 'file';

/** The options that keep FFmpeg to one local file of an allowed container. */
export const inputSafetyOptions: Readonly<Record<string, string>> = {
  format_whitelist: allowedDemuxers.join(','),
  protocol_whitelist: allowedProtocols,
  // A QuickTime file may point at its samples in other files.
  enable_drefs: '0',
  use_absolute_path: '0',
};

/** Still pictures, which are opened only where one is wanted (a logo): one file each, no patterns of names. */
export const imageSafetyOptions: Readonly<Record<string, string>> = {
  ...inputSafetyOptions,
  format_whitelist: [...allowedDemuxers, 'png_pipe', 'jpeg_pipe', 'webp_pipe', 'bmp_pipe', 'gif'].join(','),
};
