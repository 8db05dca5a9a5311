"use strict";
// The result page's viewer: one WebGL 2 program, an orbit camera, chunks of frames loaded as scripts when they are
// needed. `restage` is the manifest that page.py writes; chunk.py describes the chunks' bytes.

const element = (id) => document.getElementById(id);
const KEPT_CHUNKS = 12;
// Seconds that playing goes on by at most from one drawing to the next.
const LONGEST_STEP = 0.25;
const FIELD_OF_VIEW = (30 * Math.PI) / 180;

// ---- frames: which mesh and picture belong to each moment -------------------------------------------------------

const frames = restage.frames;
// What can be shown: the frames' own meshes, and the character, each with the place of its meshes in the chunks.
const tracks = { frames: new Map(), character: new Map() };
restage.chunks.forEach((chunk, index) =>
  chunk.frames.forEach((number, row) => tracks[chunk.track].set(number, { index, row })));
let track = tracks.character.size ? "character" : "frames";
for (const name in tracks) {
  // A frame without a mesh holds the one before, and the frames before the first mesh hold that one.
  let held = frames.map((frame) => frame.number).find((number) => tracks[name].has(number));
  for (const frame of frames) {
    if (tracks[name].has(frame.number)) held = frame.number;
    frame.mesh = { ...frame.mesh, [name]: held };
  }
}
const place = (frame) => tracks[track].get(frame.mesh[track]);

// ---- chunks: loading and unpacking ------------------------------------------------------------------------------

const chunks = new Map();

function loadChunk(index) {
  if (index < 0 || index >= restage.chunks.length || chunks.has(index)) return;
  chunks.set(index, null);
  forgetFar();
  const script = document.createElement("script");
  script.src = restage.chunks[index].file;
  script.onerror = () => say(`${restage.chunks[index].file} is missing beside this page.`);
  script.onload = () => script.remove();
  document.head.append(script);
}

// Those that are still loading count too: a slider that is torn through a long clip asks for all of them.
function forgetFar() {
  const current = place(frames[position]).index;
  const byDistance = [...chunks.keys()].sort((a, b) => Math.abs(b - current) - Math.abs(a - current));
  while (chunks.size > KEPT_CHUNKS) chunks.delete(byDistance.shift());
}

function restageChunk(index, text) {
  if (!chunks.has(index)) return;
  unpack(restage.chunks[index], text).then((meshes) => {
    if (!chunks.has(index)) return;
    chunks.set(index, meshes);
    showFrame();
  }, (error) => say(`${restage.chunks[index].file} cannot be unpacked (${error.message}).`));
}

async function inflate(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function gather(bytes, start, count, size, Type) {
  const values = new Type(count);
  for (let plane = 0, at = start; plane < size; plane++)
    for (let i = 0; i < count; i++) values[i] |= bytes[at++] << (8 * plane);
  return values;
}

// Typed arrays wrap around exactly as the differences did.
function summed(values) {
  for (let i = 1; i < values.length; i++) values[i] += values[i - 1];
  return values;
}

async function unpack(chunk, text) {
  const bytes = await inflate(text);
  const view = new DataView(bytes.buffer);
  const meshes = [];
  let at = 0, steps = null, colours = null, faces = null;
  const planes = (count, size, Type) => {
    at += count * size;
    return gather(bytes, at - count * size, count, size, Type);
  };
  const added = (values, before) => {
    for (let i = 0; i < values.length; i++) values[i] += before[i];
    return values;
  };
  for (let row = 0; row < chunk.frames.length; row++) {
    const count = view.getUint32(at, true), faceCount = view.getUint32(at + 4, true);
    at += 8;
    const newSteps = planes(3 * count, 2, Uint16Array), newColours = planes(3 * count, 1, Uint8Array);
    steps = faceCount ? summed(newSteps) : added(newSteps, steps);
    colours = faceCount ? summed(newColours) : added(newColours, colours);
    if (faceCount) faces = summed(planes(3 * faceCount, 4, Uint32Array));
    meshes.push(makeMesh(chunk, count, steps, colours, faces));
  }
  return meshes;
}

function makeMesh(chunk, count, steps, colours, faces) {
  const positions = new Float32Array(3 * count), interleaved = new Uint8Array(3 * count);
  for (let axis = 0; axis < 3; axis++)
    for (let i = 0; i < count; i++) {
      positions[3 * i + axis] = chunk.low[axis] + steps[axis * count + i] * chunk.step[axis];
      interleaved[3 * i + axis] = colours[axis * count + i];
    }
  return { track: chunk.track, positions, colours: interleaved, normals: smoothNormals(positions, faces), faces };
}

// ---- the character's texture ------------------------------------------------------------------------------------

let textureReady = false, relief = null;

function loadTexture() {
  if (!restage.texture) return;
  const script = document.createElement("script");
  script.src = restage.texture;
  script.onerror = () => say(`${restage.texture} is missing beside this page.`);
  document.head.append(script);
}

async function uploadPicture(unit, picture) {
  const image = new Image();
  image.src = picture;
  await image.decode();
  const texture = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, gl.RGB, gl.UNSIGNED_BYTE, image);
  gl.generateMipmap(gl.TEXTURE_2D);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
  return texture;
}

// normals: the normal map, or nothing.
async function restageTexture(text, picture, normals) {
  try {
    const bytes = await inflate(text);
    const steps = summed(gather(bytes, 0, bytes.length / 2, 2, Uint16Array)), count = steps.length / 2;
    const uv = new Uint16Array(2 * count);
    // The picture's first row is the top, where v is 1.
    for (let i = 0; i < count; i++) { uv[2 * i] = steps[i]; uv[2 * i + 1] = 65535 - steps[count + i]; }
    await uploadPicture(0, picture);
    if (normals) relief = await uploadPicture(1, normals);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.uv);
    gl.bufferData(gl.ARRAY_BUFFER, uv, gl.STATIC_DRAW);
    textureReady = true;
    document.body.dataset.texture = "ready";
    redraw();
  } catch (error) {
    say(`${restage.texture} cannot be unpacked (${error.message}).`);
  }
}

function smoothNormals(p, faces) {
  const normals = new Float32Array(p.length);
  for (let f = 0; f < faces.length; f += 3) {
    const a = 3 * faces[f], b = 3 * faces[f + 1], c = 3 * faces[f + 2];
    const ux = p[b] - p[a], uy = p[b + 1] - p[a + 1], uz = p[b + 2] - p[a + 2];
    const vx = p[c] - p[a], vy = p[c + 1] - p[a + 1], vz = p[c + 2] - p[a + 2];
    const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
    for (const i of [a, b, c]) { normals[i] += x; normals[i + 1] += y; normals[i + 2] += z; }
  }
  return normals;
}

// ---- drawing ----------------------------------------------------------------------------------------------------

const canvas = element("canvas");
const gl = canvas.getContext("webgl2", { antialias: true });

const VERTEX = `#version 300 es
layout(location=0) in vec3 place; layout(location=1) in vec3 normal; layout(location=2) in vec3 colour;
layout(location=3) in vec2 texel;
uniform mat4 view, projection; out vec3 n, c, p; out vec2 t;
void main() {
  p = (view * vec4(place, 1.0)).xyz; n = mat3(view) * normal; c = colour; t = texel;
  gl_Position = projection * vec4(p, 1.0);
}`;
const FRAGMENT = `#version 300 es
precision highp float; in vec3 n, c, p; in vec2 t; uniform int mode; uniform bool relieved;
uniform sampler2D picture, relief; out vec4 result;
// The normal with the normal map's folds; the ways along the texture from how both change from pixel to pixel.
vec3 bent(vec3 smooth_) {
  vec3 px = dFdx(p), py = dFdy(p), local = 2.0 * texture(relief, t).rgb - 1.0;
  vec2 tx = dFdx(t), ty = dFdy(t);
  float turn = sign(tx.x * ty.y - ty.x * tx.y);
  vec3 right = (px * ty.y - py * tx.y) * turn, up = (px * ty.x - py * tx.x) * turn;
  right -= smooth_ * dot(smooth_, right); up -= smooth_ * dot(smooth_, up);
  if (length(right) == 0.0 || length(up) == 0.0) return smooth_;
  return normalize(local.x * normalize(right) + local.y * normalize(up) + local.z * smooth_);
}
void main() {
  vec3 facing = normalize(n);
  if (relieved) facing = bent(facing);
  float light = 0.3 + 0.7 * max(dot(facing, normalize(vec3(0.35, 0.45, 0.82))), 0.0);
  vec3 shown = texture(picture, t).rgb;
  result = vec4(mode == 0 ? c : mode == 1 ? vec3(0.76) * light : mode == 3 ? shown : vec3(0.38), 1.0);
}`;

let program, buffers, uniforms, gridCount, uploaded = null;

function startDrawing() {
  program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  uniforms = Object.fromEntries(["view", "projection", "mode", "relieved", "picture", "relief"].map((n) => [n, gl.getUniformLocation(program, n)]));
  buffers = Object.fromEntries(["positions", "normals", "colours", "uv", "faces", "grid"].map((n) => [n, gl.createBuffer()]));
  const lines = [], size = 3, x = Math.round(centre[0]), z = Math.round(centre[2]);
  for (let i = -size; i <= size; i += 0.5)
    lines.push(x + i, 0, z - size, x + i, 0, z + size, x - size, 0, z + i, x + size, 0, z + i);
  gridCount = lines.length / 3;
  gl.bindBuffer(gl.ARRAY_BUFFER, buffers.grid);
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(lines), gl.STATIC_DRAW);
  gl.enable(gl.DEPTH_TEST);
  gl.clearColor(0.165, 0.176, 0.192, 1);
}

function attribute(location, buffer, type, normalised, size = 3) {
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.enableVertexAttribArray(location);
  gl.vertexAttribPointer(location, size, type, normalised, 0, 0);
}

function upload(mesh) {
  for (const name of ["positions", "normals", "colours"]) {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, mesh[name], gl.DYNAMIC_DRAW);
  }
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers.faces);
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, mesh.faces, gl.DYNAMIC_DRAW);
  uploaded = mesh;
}

function draw() {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  gl.viewport(0, 0, canvas.width, canvas.height);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  gl.useProgram(program);
  const { view, projection } = cameraMatrices(canvas.width, canvas.height);
  gl.uniformMatrix4fv(uniforms.view, false, view);
  gl.uniformMatrix4fv(uniforms.projection, false, projection);
  gl.uniform1i(uniforms.picture, 0);
  gl.uniform1i(uniforms.relief, 1);
  gl.uniform1i(uniforms.relieved, 0);
  gl.uniform1i(uniforms.mode, 2);
  for (const unused of [1, 2, 3]) gl.disableVertexAttribArray(unused);
  attribute(0, buffers.grid, gl.FLOAT, false);
  gl.drawArrays(gl.LINES, 0, gridCount);
  if (!uploaded) return;
  const atlas = uploaded.track === "character" && restage.texture;
  const textured = element("textured").checked && !(atlas && !textureReady);
  gl.uniform1i(uniforms.mode, !textured ? 1 : atlas ? 3 : 0);
  gl.uniform1i(uniforms.relieved, atlas && relief && !textured ? 1 : 0);
  attribute(0, buffers.positions, gl.FLOAT, false);
  attribute(1, buffers.normals, gl.FLOAT, false);
  attribute(2, buffers.colours, gl.UNSIGNED_BYTE, true);
  if (atlas && textureReady) attribute(3, buffers.uv, gl.UNSIGNED_SHORT, true, 2);
  gl.drawElements(gl.TRIANGLES, uploaded.faces.length, gl.UNSIGNED_INT, 0);
}

let drawAsked = false;
function redraw() {
  if (drawAsked) return;
  drawAsked = true;
  requestAnimationFrame(() => { drawAsked = false; draw(); });
}

// ---- camera -----------------------------------------------------------------------------------------------------

const centre = restage.low.map((low, axis) => (low + restage.high[axis]) / 2);
const radius = Math.hypot(...restage.low.map((low, axis) => restage.high[axis] - low)) / 2;
const orbit = { yaw: 0, pitch: 0, distance: 0, target: [...centre] };
let throughClip = true;

function setView(degrees) {
  throughClip = degrees === null;
  Object.assign(orbit, { yaw: ((degrees || 0) * Math.PI) / 180, pitch: 0, target: [...centre] });
  orbit.distance = (1.05 * radius) / Math.sin(FIELD_OF_VIEW / 2);
  redraw();
}

// Where the clip's camera is: one place for all frames, or one for each.
const clipPose = () => restage.camera.toWorld[restage.camera.toWorld.length > 1 ? position : 0];

function leaveClip() {
  if (!throughClip) return;
  setView(0);
  const pose = clipPose();
  const [x, y, z] = [0, 1, 2].map((axis) => pose[axis][3] - centre[axis]);
  orbit.yaw = Math.atan2(x, z);
  orbit.pitch = Math.atan2(y, Math.hypot(x, z));
}

function axes() {
  const { yaw, pitch } = orbit;
  const right = [Math.cos(yaw), 0, -Math.sin(yaw)];
  const back = [Math.sin(yaw) * Math.cos(pitch), Math.sin(pitch), Math.cos(yaw) * Math.cos(pitch)];
  const up = [-Math.sin(yaw) * Math.sin(pitch), Math.cos(pitch), -Math.cos(yaw) * Math.sin(pitch)];
  return { right, up, back };
}

function cameraMatrices(width, height) {
  if (throughClip) {
    const { focal, centre: middle, size } = restage.camera, pose = clipPose();
    const column = (index) => [0, 1, 2].map((axis) => pose[axis][index]);
    // Letterboxed like the picture beside it, so that both agree.
    const scale = Math.min(width / size[0], height / size[1]);
    const x = (width - size[0] * scale) / 2 + middle[0] * scale, y = (height - size[1] * scale) / 2 + middle[1] * scale;
    return {
      view: viewMatrix(column(0), column(1), column(2), column(3)),
      projection: projectionMatrix(focal * scale, x, y, width, height, 0.05, 200),
    };
  }
  const { right, up, back } = axes();
  const eye = orbit.target.map((value, axis) => value + back[axis] * orbit.distance);
  const focal = Math.min(width, height) / (2 * Math.tan(FIELD_OF_VIEW / 2));
  const far = orbit.distance + 20, near = Math.max(0.01, orbit.distance / 100);
  return {
    view: viewMatrix(right, up, back, eye),
    projection: projectionMatrix(focal, width / 2, height / 2, width, height, near, far),
  };
}

function viewMatrix(right, up, back, eye) {
  const dot = (a) => -(a[0] * eye[0] + a[1] * eye[1] + a[2] * eye[2]);
  return [
    right[0], up[0], back[0], 0, right[1], up[1], back[1], 0, right[2], up[2], back[2], 0,
    dot(right), dot(up), dot(back), 1,
  ];
}

function projectionMatrix(focal, x, y, width, height, near, far) {
  return [
    (2 * focal) / width, 0, 0, 0, 0, (2 * focal) / height, 0, 0,
    1 - (2 * x) / width, (2 * y) / height - 1, (far + near) / (near - far), -1,
    0, 0, (2 * far * near) / (near - far), 0,
  ];
}

const pointers = new Map();
canvas.addEventListener("contextmenu", (event) => event.preventDefault());
canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, event);
});
for (const kind of ["pointerup", "pointercancel"])
  canvas.addEventListener(kind, (event) => pointers.delete(event.pointerId));
canvas.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  leaveClip();
  const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY;
  const other = [...pointers.values()].find((pointer) => pointer.pointerId !== event.pointerId);
  if (other) {
    const gap = (pointer) => Math.hypot(pointer.clientX - other.clientX, pointer.clientY - other.clientY);
    zoom(gap(before) / Math.max(1, gap(event)));
    move(dx / 2, dy / 2);
  } else if (before.button > 0 || event.buttons > 1 || event.shiftKey) {
    move(dx, dy);
  } else {
    orbit.yaw -= dx * 0.008;
    orbit.pitch = Math.max(-1.5, Math.min(1.5, orbit.pitch + dy * 0.008));
  }
  pointers.set(event.pointerId, event);
  redraw();
});
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  leaveClip();
  zoom(Math.exp(Math.max(-50, Math.min(50, event.deltaY)) * 0.003));
  redraw();
}, { passive: false });

function zoom(factor) {
  orbit.distance = Math.max(0.1 * radius, Math.min(30 * radius, orbit.distance * factor));
}

function move(dx, dy) {
  const { right, up } = axes();
  const metres = (2 * orbit.distance * Math.tan(FIELD_OF_VIEW / 2)) / Math.min(canvas.clientWidth, canvas.clientHeight);
  orbit.target = orbit.target.map((value, axis) => value - (right[axis] * dx - up[axis] * dy) * metres);
}

// ---- time -------------------------------------------------------------------------------------------------------

let position = 0, playing = false, clock = 0, lastTick = 0, nextTick = 0;

function say(text) {
  element("status").textContent = text;
}

function meshOf(frame) {
  const { index, row } = place(frame);
  loadChunk(index);
  const meshes = chunks.get(index);
  return meshes ? meshes[row] : null;
}

function showFrame() {
  const frame = frames[position];
  const mesh = meshOf(frame);
  const next = place(frame).index + 1;
  if (restage.chunks[next] && restage.chunks[next].track === track) loadChunk(next);
  element("scrub").value = position;
  element("frame").textContent = `frame ${frame.number}  ${frame.time.toFixed(2)} s`;
  showPicture(frame);
  if (!mesh) { say("Loading…"); return; }
  const why = frame.status === "no_person" ? "no person found" : frame.reason || "no mesh";
  const shown = frame.mesh[track], missing = shown !== frame.number;
  say(missing ? `Frame ${frame.number}: ${why}; showing ${shown}` : frame.status === "held" ? "Landmarks held from the neighbours" : "");
  if (mesh !== uploaded) upload(mesh);
  document.body.dataset.frame = frame.number;
  document.body.dataset.mesh = shown;
  document.body.dataset.track = track;
  redraw();
}

const pictures = new Map();
function showPicture(frame) {
  element("picture").style.visibility = frame.picture ? "visible" : "hidden";
  if (frame.picture && element("picture").getAttribute("src") !== frame.picture) element("picture").src = frame.picture;
  for (const next of frames.slice(position + 1, position + 9)) {
    if (!next.picture || pictures.has(next.picture)) continue;
    const image = new Image();
    image.src = next.picture;
    pictures.set(next.picture, image);
    if (pictures.size > 40) pictures.delete(pictures.keys().next().value);
  }
}

function seek(index) {
  position = Math.max(0, Math.min(frames.length - 1, index));
  clock = frames[position].time;
  showFrame();
}

function setPlaying(on) {
  playing = on && frames.length > 1;
  element("play").textContent = playing ? "Pause" : "Play";
  lastTick = performance.now();
  // One clock only, however often it is switched before the next picture.
  cancelAnimationFrame(nextTick);
  if (playing) nextTick = requestAnimationFrame(tick);
}

function tick(now) {
  if (!playing) return;
  // Where the page was hidden, or unpacked a chunk, it goes on and leaves nothing out.
  const passed = Math.min(LONGEST_STEP, (now - lastTick) / 1000) * Number(element("speed").value);
  lastTick = now;
  const ended = clock + passed >= frames[frames.length - 1].time + 1 / restage.rate;
  const time = ended ? frames[0].time : clock + passed;
  let next = ended ? 0 : position;
  while (next + 1 < frames.length && frames[next + 1].time <= time) next++;
  // The clock waits for a chunk that is still loading: picture and mesh are of one frame.
  if (meshOf(frames[next])) {
    clock = time;
    if (next !== position) { position = next; showFrame(); }
  } else say("Loading…");
  nextTick = requestAnimationFrame(tick);
}

// ---- controls ---------------------------------------------------------------------------------------------------

const views = { camera: null, front: 0, side: 90, back: 180 };
const compares = ["beside", "wipe", "off"];
function setCompare(kind) {
  element("compare").value = kind;
  document.querySelector("main").className = kind;
  // Picture and person agree only as the clip's camera sees them.
  if (kind === "wipe") setView(null);
  redraw();
}

function setTrack(name) {
  if (!tracks[name] || !tracks[name].size) return;
  element("track").value = track = name;
  showFrame();
}

const toggle = (id) => { element(id).checked = !element(id).checked; element(id).dispatchEvent(new Event("change")); };
const keys = {
  " ": () => setPlaying(!playing), ArrowLeft: () => seek(position - 1), ArrowRight: () => seek(position + 1),
  Home: () => seek(0), End: () => seek(frames.length - 1), t: () => toggle("textured"), p: () => setCompare(compares[(compares.indexOf(element("compare").value) + 1) % compares.length]),
  m: () => setTrack(track === "frames" ? "character" : "frames"),
  c: () => setView(null), f: () => setView(0), s: () => setView(90), b: () => setView(180),
};

function start() {
  element("name").textContent = restage.name;
  if (!gl) { say("This browser shows no WebGL 2; open the page in another one."); return; }
  startDrawing();
  element("scrub").max = frames.length - 1;
  element("scrub").addEventListener("input", (event) => seek(Number(event.target.value)));
  element("play").addEventListener("click", () => setPlaying(!playing));
  element("textured").addEventListener("change", redraw);
  element("compare").addEventListener("change", (event) => setCompare(event.target.value));
  element("track").addEventListener("change", (event) => setTrack(event.target.value));
  element("shape").hidden = !tracks.character.size;
  element("wipe").addEventListener("input", (event) =>
    document.querySelector("main").style.setProperty("--wipe", `${event.target.value}%`));
  for (const [id, degrees] of Object.entries(views)) element(id).addEventListener("click", () => setView(degrees));
  document.addEventListener("keydown", (event) => {
    const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    // Space presses these; on a slider it plays.
    const pressed = event.key === " " && event.target.matches("button, input[type=checkbox]");
    if (!action || pressed || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
    event.preventDefault();
    action();
  });
  // At once, not in the next animation frame: a stretched picture would flash up.
  new ResizeObserver(draw).observe(canvas);
  loadTexture();
  // The address may say what to show: index.html#frame=12&view=side&shape=frames&picture=wipe&texture=off
  const asked = new URLSearchParams(location.hash.slice(1));
  setView(views[asked.get("view")] ?? null);
  if (compares.includes(asked.get("picture"))) setCompare(asked.get("picture"));
  if (tracks[asked.get("shape")]?.size) track = asked.get("shape");
  element("track").value = track;
  element("textured").checked = asked.get("texture") !== "off";
  seek(asked.has("frame") ? frames.findIndex((frame) => frame.number >= Number(asked.get("frame"))) : 0);
}

start();
