import { temperatureCss } from '../color/temperature-scale.ts';
import { MARK_NO_VALUE, MARK_OWNER_DOWN, type PointLayer, type PointScene } from './point-layer.ts';
import { pointRadius, populationWeight } from './point-size.ts';
import { worldToScreen } from './view.ts';

/** Radius in CSS pixels from which extreme caution, danger and extreme danger get their sign. */
const SIGN_FROM_RADIUS = [3.6, 2.2, 0];

/** A layer on a 2D canvas, for browsers without WebGL 2. Undefined where there is no canvas either. */
export function createCanvasPoints(canvas: HTMLCanvasElement): PointLayer | undefined {
  const context = canvas.getContext('2d');
  if (!context) return undefined;
  let xs = new Float32Array(0);
  let ys = new Float32Array(0);
  let weights = new Float32Array(0);
  let order = new Uint32Array(0);

  const drawCity = (scene: PointScene, slot: number): void => {
    const [x, y] = worldToScreen(scene.view, scene.size, xs[slot] ?? Number.NaN, ys[slot] ?? Number.NaN);
    if (!(x > -20 && y > -20 && x < scene.size.width + 20 && y < scene.size.height + 20)) return;
    const opacity = scene.opacities[slot] ?? 0;
    if (opacity === 0) return;
    const mark = scene.marks[slot] ?? 0;
    const risk = mark & 7;
    const radius = pointRadius(weights[slot] ?? 0, scene.view.scale) * (mark & MARK_NO_VALUE ? 0.7 : 1);
    const absent = (mark & (MARK_OWNER_DOWN | MARK_NO_VALUE)) !== 0;
    context.globalAlpha = opacity / 255;
    context.fillStyle = absent ? unitCss(scene.colors.absent) : temperatureCss((scene.values[slot] ?? 0) / 100);
    context.beginPath();
    context.arc(x, y, radius, 0, Math.PI * 2);
    context.fill();
    if (risk < 3 || radius < (SIGN_FROM_RADIUS[risk - 3] ?? 0)) return;
    context.strokeStyle = unitCss(scene.colors.mark);
    context.lineWidth = risk === 3 ? 1 : 1.5;
    context.beginPath();
    if (risk === 5) {
      const reach = radius * 1.3 + 2.4;
      context.moveTo(x, y - reach);
      context.lineTo(x + reach, y);
      context.lineTo(x, y + reach);
      context.lineTo(x - reach, y);
      context.closePath();
    } else {
      context.arc(x, y, radius + 2, 0, Math.PI * 2);
    }
    context.stroke();
  };

  return {
    kind: 'canvas',
    setPlaces(x, y, population, count) {
      xs = x.slice(0, count);
      ys = y.slice(0, count);
      weights = Float32Array.from({ length: count }, (_, slot) => populationWeight(population[slot] ?? 0));
      order = Uint32Array.from({ length: count }, (_, slot) => slot);
      order.sort((one, other) => (weights[one] ?? 0) - (weights[other] ?? 0));
    },
    draw(scene) {
      context.setTransform(scene.pixelRatio, 0, 0, scene.pixelRatio, 0, 0);
      context.clearRect(0, 0, scene.size.width, scene.size.height);
      for (const slot of order) drawCity(scene, slot);
      if (scene.selectedSlot !== undefined) drawCity(scene, scene.selectedSlot);
      context.globalAlpha = 1;
    },
    dispose() {
      context.clearRect(0, 0, canvas.width, canvas.height);
    },
  };
}

function unitCss([red, green, blue]: readonly [number, number, number]): string {
  return `rgb(${red * 255} ${green * 255} ${blue * 255})`;
}
