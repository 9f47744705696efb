/* global window, document */
// Runs in the panel's page before its script and stands in for the editor around a webview.

const received = [];
const violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
  violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});

let prepared;
let state;
window.acquireVsCodeApi = () => ({
  postMessage: (message) => void received.push(message),
  getState: () => state,
  setState: (next) => void (state = next),
});

/** JSON has neither NaN nor typed arrays; columns come as arrays with null for NaN. */
function revive(message) {
  const columns = (values) => Float64Array.from(values, (value) => value ?? NaN);
  const metric = ({ name, step, epoch, time, value }) => ({
    name,
    step: columns(step),
    epoch: columns(epoch),
    time: columns(time),
    value: columns(value),
  });
  // Where jobs are compared, each has metrics of its own.
  const metrics = (list) =>
    list.map((item) => (item.jobId ? { ...item, metrics: item.metrics.map(metric) } : metric(item)));
  if (message.type === 'points' || message.type === 'comparison')
    return { ...message, metrics: metrics(message.metrics) };
  if (message.type !== 'snapshot') return message;
  return { ...message, snapshot: { ...message.snapshot, metrics: metrics(message.snapshot.metrics) } };
}

/** Sends a message; resolves when the panel has heard it (its listener is older than ours). */
function handled(message) {
  return new Promise((resolve) => {
    window.addEventListener('message', resolve, { once: true });
    window.postMessage(message);
  });
}

/** Resolves when the next frame is drawn: the panel draws in its own callback for that frame. */
function frameEnd() {
  return new Promise((resolve) => window.requestAnimationFrame(() => window.setTimeout(resolve)));
}

/** Noisy falling curves, `points` long, as a long training leaves them. */
function noisyMetrics(series, from, points) {
  return Array.from({ length: series }, (_, index) => {
    const step = Float64Array.from({ length: points }, (_, at) => from + at + 1);
    const value = step.map((at) => 4 / (1 + at / 4000) + Math.sin(at * 12.9898 + index) * 0.15 + index * 0.2);
    return {
      name: `${index % 2 ? 'val' : 'train'}/${'abcdefghij'[index >> 1]}_loss`,
      step,
      epoch: new Float64Array(),
      time: step,
      value,
    };
  });
}

window.panelDriver = {
  received,
  violations,
  state: () => state,

  /** The second frame is the one in which charts have found their size. */
  async post(message) {
    await handled(revive(message));
    await frameEnd();
    await frameEnd();
  },

  /** Makes a snapshot of that size ready for `paint`. */
  prepare(header, series, points) {
    prepared = {
      type: 'snapshot',
      snapshot: {
        header,
        metrics: noisyMetrics(series, 0, points),
        system: [],
        modelSamples: [],
        checkpoints: [],
      },
    };
  },

  /** Milliseconds from sending the prepared snapshot to the end of the frame that shows it. */
  async paint() {
    const start = window.performance.now();
    await handled(prepared);
    await frameEnd();
    return window.performance.now() - start;
  },

  /** Adds one point to each series, as the `at`th. */
  async addPoint(series, at) {
    await handled({ type: 'points', metrics: noisyMetrics(series, at - 1, 1) });
    await frameEnd();
  },

  /** Puts a theme on the page the way VS Code does: variables on the root, the kind as a class of the body. */
  async setTheme({ bodyClass, variables }) {
    const { style } = document.documentElement;
    for (const [name, value] of Object.entries(variables)) style.setProperty(name, value);
    document.body.className = bodyClass;
    await frameEnd();
    await frameEnd();
  },

  /**
   * How many pixels of a canvas, from `fromX` to `toX` of its width (0..1), are about of this colour, once a frame has
   * shown what was done before.
   */
  async pixelsOf(canvasIndex, [red, green, blue], fromX, toX) {
    await frameEnd();
    const canvas = document.querySelectorAll('canvas')[canvasIndex];
    const left = Math.floor(canvas.width * fromX);
    const width = Math.max(1, Math.floor(canvas.width * toX) - left);
    const { data } = canvas.getContext('2d').getImageData(left, 0, width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      const far = Math.abs(data[at] - red) + Math.abs(data[at + 1] - green) + Math.abs(data[at + 2] - blue);
      if (data[at + 3] > 200 && far < 40) count++;
    }
    return count;
  },
};
