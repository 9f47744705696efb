import type { FamilyView } from './familyView.js';
import type { LineStyle } from './lineStyle.js';
import type { Theme } from './theme.js';

const gapPx = 24;
const titlePx = 24;
const legendLinePx = 18;
const samplePx = 18;
const mostColumns = 2;

/** All charts as they are drawn now, with their titles and legends, in one picture: a PNG in base64. */
export function chartsPicture(name: string, families: readonly FamilyView[], theme: Theme): string {
  const canvas = document.createElement('canvas');
  const scale = window.devicePixelRatio || 1;
  const cells = families.map(toCell);
  const columns = Math.min(mostColumns, cells.length);
  const widthPx = Math.max(...cells.map((cell) => cell.widthPx));
  const rowHeightPx = Math.max(...cells.map((cell) => cell.heightPx));
  canvas.width = scale * (columns * (widthPx + gapPx) + gapPx);
  canvas.height = scale * (titlePx + gapPx + Math.ceil(cells.length / columns) * (rowHeightPx + gapPx));
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('There is no canvas to draw on.');
  pen.scale(scale, scale);
  pen.fillStyle = theme.background;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.textBaseline = 'middle';
  write(pen, name, gapPx, gapPx, `600 15px ${theme.fontFamily}`, theme.foreground);
  cells.forEach((cell, index) => {
    const x = gapPx + (index % columns) * (widthPx + gapPx);
    const y = titlePx + gapPx + Math.floor(index / columns) * (rowHeightPx + gapPx);
    drawCell(pen, cell, x, y, theme);
  });
  return canvas.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}

interface Cell {
  readonly title: string;
  readonly canvas: HTMLCanvasElement;
  readonly legend: readonly { readonly label: string; readonly style: LineStyle }[];
  readonly widthPx: number;
  readonly heightPx: number;
}

function toCell({ title, canvas, legend }: FamilyView): Cell {
  const { clientWidth, clientHeight } = canvas;
  const heightPx = titlePx + clientHeight + legend.length * legendLinePx;
  return { title, canvas, legend, widthPx: clientWidth, heightPx };
}

function drawCell(
  pen: CanvasRenderingContext2D,
  { title, canvas, legend }: Cell,
  x: number,
  y: number,
  theme: Theme,
): void {
  const font = `${String(theme.fontSizePx + 1)}px ${theme.fontFamily}`;
  write(pen, title, x, y + titlePx / 2, `600 ${font}`, theme.foreground);
  pen.drawImage(canvas, x, y + titlePx, canvas.clientWidth, canvas.clientHeight);
  legend.forEach(({ label, style }, index) => {
    const lineY = y + titlePx + canvas.clientHeight + (index + 0.5) * legendLinePx;
    pen.strokeStyle = style.colour;
    pen.lineWidth = 2;
    pen.setLineDash([...style.dash]);
    pen.beginPath();
    pen.moveTo(x, lineY);
    pen.lineTo(x + samplePx, lineY);
    pen.stroke();
    pen.setLineDash([]);
    write(pen, label, x + samplePx + 6, lineY, font, theme.foreground);
  });
}

function write(
  pen: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  font: string,
  colour: string,
): void {
  pen.font = font;
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}
