// Sound of the stage, off until someone presses S there: the last ten seconds, the bell, the reveal.
// Made by oscillators; nothing to download. Says what it is doing in #toasts.

const KEY = "finale-sound";
let audio = null;

function note(hertz, seconds, { at = 0, level = 0.15, wave = "sine" } = {}) {
  if (!audio) return;
  const start = audio.currentTime + at;
  const tone = new OscillatorNode(audio, { type: wave, frequency: hertz });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(level, start + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + seconds);
  tone.connect(volume).connect(audio.destination);
  tone.start(start);
  tone.stop(start + seconds);
}

const tick = (seconds) => note(seconds <= 3 ? 880 : 660, 0.12, { level: 0.08 });
const bell = () => [1, 2.76, 5.4].forEach((partial, index) => note(392 * partial, 2.4 / (index + 1), { level: 0.2 / (index + 1) }));
const reveal = () => [523, 659, 784].forEach((hertz, index) => note(hertz, 0.5, { at: index * 0.09, level: 0.1, wave: "triangle" }));

function toggle() {
  if (audio) { audio.close(); audio = null; } else audio = new AudioContext();
  sessionStorage.setItem(KEY, audio ? "on" : "off");
  const words = document.createElement("p");
  words.className = "toast";
  words.textContent = audio ? document.body.dataset.soundOn ?? "Sound on" : document.body.dataset.soundOff ?? "Sound off";
  document.getElementById("toasts")?.replaceChildren(words);
  if (audio) reveal();
}

let revealed = "";
document.addEventListener("keydown", (event) => { if (event.key.toLowerCase() === "s" && !event.ctrlKey && !event.metaKey) toggle(); });
document.addEventListener("finale:tick", ({ detail: { seconds } }) => {
  if (seconds === 0) bell();
  else if (seconds <= 10) tick(seconds);
});
document.addEventListener("finale:frame", ({ detail }) => {
  const now = `${detail.round} ${detail.phase} ${detail.revealed ?? ""}`;
  if (detail.revealed > 0 && now !== revealed && !detail.snapshot) reveal();
  revealed = now;
});
