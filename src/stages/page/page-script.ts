/** What the page does beside showing: one clip at a time, keys, copying, the playhead. The same for every page, so that its hash is too. */
export const pageScript = `
'use strict';
const root = document.documentElement;
root.classList.add('js');
const clips = [...document.querySelectorAll('.clip')];
const rows = [...document.querySelectorAll('.list a')];
const moments = [...document.querySelectorAll('.moment')];
const strip = document.querySelector('.strip');
const playhead = document.querySelector('.playhead');
let current = -1;

const videoOf = (index) => clips[index] && clips[index].querySelector('video');

function select(index, play, byUser = true) {
  if (index < 0 || index >= clips.length) return;
  if (index !== current) {
    const before = videoOf(current);
    if (before) before.pause();
    current = index;
    clips.forEach((clip, at) => { clip.hidden = at !== index; });
    for (const set of [rows, moments]) {
      set.forEach((link, at) => {
        if (at === index) link.setAttribute('aria-current', 'true');
        else link.removeAttribute('aria-current');
      });
    }
    if (byUser && rows[index]) rows[index].scrollIntoView({ block: 'nearest', inline: 'nearest' });
    if (playhead) playhead.hidden = true;
    // Not while loading: the browser would scroll to the fragment, past the head of the page.
    if (byUser) try { history.replaceState(null, '', '#clip-' + (index + 1)); } catch { /* not from every disk */ }
  }
  const video = videoOf(index);
  if (video) {
    video.preload = 'metadata';
    if (play) video.play().catch(() => {});
  }
}

for (const set of [rows, moments]) {
  set.forEach((link, index) => link.addEventListener('click', (event) => {
    event.preventDefault();
    select(index, true);
  }));
}

clips.forEach((clip, index) => {
  const video = clip.querySelector('video');
  const moment = moments[index];
  if (!video || !moment || !strip || !playhead) return;
  video.addEventListener('timeupdate', () => {
    const start = Number(moment.dataset.start), end = Number(moment.dataset.end);
    if (index !== current || !(video.duration > 0)) return;
    const at = start + (video.currentTime / video.duration) * (end - start);
    playhead.style.setProperty('left', (at * 100) / Number(strip.dataset.duration) + '%');
    playhead.hidden = false;
  });
});

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.firstChild;
  let copied = true;
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    copied = document.execCommand('copy');
  }
  label.textContent = copied ? 'Copied ' : 'Selected ';
  setTimeout(() => { label.textContent = 'Copy '; }, 1500);
}
for (const button of document.querySelectorAll('.copy')) {
  button.hidden = false;
  button.addEventListener('click', () => copy(button));
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'j') select(Math.min(current + 1, clips.length - 1), false);
  else if (event.key === 'k') select(Math.max(current - 1, 0), false);
  else if (event.key === 'c') {
    const button = clips[current] && clips[current].querySelector('.copy');
    if (button) copy(button);
  } else if (event.key === ' ') {
    if (event.target.closest && event.target.closest('button, a, video')) return;
    const video = videoOf(current);
    if (!video) return;
    event.preventDefault();
    if (video.paused) video.play().catch(() => {}); else video.pause();
  }
});

const wanted = /^#clip-(\\d+)$/.exec(location.hash);
const firstWithVideo = clips.findIndex((clip) => clip.querySelector('video'));
if (clips.length > 0) {
  const asked = wanted ? Number(wanted[1]) - 1 : -1;
  select(asked >= 0 && asked < clips.length ? asked : Math.max(0, firstWithVideo), false, false);
}

if (root.dataset.status === 'running') {
  setInterval(() => {
    const busy = [...document.querySelectorAll('video')].some((video) => !video.paused || video.currentTime > 0);
    if (!busy && String(getSelection()) === '' && !document.hidden) location.reload();
  }, 5000);
}
`;
