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
