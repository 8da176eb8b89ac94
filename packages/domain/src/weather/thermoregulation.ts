import { rootBetween } from './root.ts';

/** How a body copes with the air around it, and how far it has to go: `measure` orders bodies of one region. */
export interface BodyAndAir {
  /** From cold to hot: covering up, changing clothes, changing the flow of blood to the skin, heating up. */
  readonly region: 'covering' | 'clothing' | 'bloodFlow' | 'heating';
  /** Share covered; resistance of clothing, m²K/W; resistance of the skin, m²K/W; warming, K/s. */
  readonly measure: number;
}

// Water and air: triple point (K, Pa), latent energies (J/kg), gas constants and specific heats (J/kg/K).
const TRIPLE_K = 273.16;
const TRIPLE_PA = 611.65;
const EVAPORATION = 2.374e6;
const FREEZING = 0.3337e6;
const GAS_AIR = 287.04;
const GAS_VAPOUR = 461;
const CV_VAPOUR = 1418;
const CV_LIQUID = 4119;
const CV_SOLID = 1861;
const CP_AIR = 719 + GAS_AIR;
const CP_VAPOUR = CV_VAPOUR + GAS_VAPOUR;

// The body: core (K), metabolic heat (W/m²), skin of a person of 83.6 kg and 1.69 m (DuBois), heat capacity (J/m²/K).
const CORE_K = 310;
const METABOLISM = 180;
const SKIN_M2 = 0.202 * 83.6 ** 0.425 * 1.69 ** 0.725;
const CAPACITY = (83.6 * 3492) / SKIN_M2;
const SALT = 0.9;
const VENTILATION = 1.43e-6;
const PRESSURE_PA = 1.013e5;
const SKIN_RESISTANCE = 0.0387;
const SKIN_VAPOUR_RESISTANCE = 52.1;
const COVERED = 0.84;
const CLOTHING_VAPOUR_PER_HEAT = 124;
const CORE_PA = SALT * saturationPa(CORE_K);

/** A surface that gives off heat: convection (W/m²/K), the share that radiates, resistance to vapour (m²Pa/W). */
interface Surface {
  readonly convection: number;
  readonly radiating: number;
  readonly vapour: number;
}

const EXPOSED: Surface = { convection: 17.4, radiating: 0.85, vapour: 60.6 / 17.4 };
const CLOTHED: Surface = { convection: 11.6, radiating: 0.79, vapour: 60.6 / 11.6 };
const NAKED: Surface = { convection: 12.3, radiating: 0.8, vapour: 60.6 / 12.3 };

/** Saturation vapour pressure over ice below the triple point, over water above it, in Pa. */
export function saturationPa(kelvin: number): number {
  if (kelvin <= 0) return 0;
  const frozen = kelvin < TRIPLE_K;
  const cvCondensed = frozen ? CV_SOLID : CV_LIQUID;
  const energy = frozen ? EVAPORATION + FREEZING : EVAPORATION;
  const growth = (energy - (CV_VAPOUR - cvCondensed) * TRIPLE_K) / GAS_VAPOUR;
  return (
    TRIPLE_PA *
    (kelvin / TRIPLE_K) ** ((CP_VAPOUR - cvCondensed) / GAS_VAPOUR) *
    Math.exp(growth * (1 / TRIPLE_K - 1 / kelvin))
  );
}

/** The state of a body at rest in such air. Source: see {@link luRompsHeatIndexKelvin}. */
export function bodyIn(air: number, relativeHumidity: number): BodyAndAir {
  const airPa = relativeHumidity * saturationPa(air);
  const vapour = CORE_PA - airPa;
  const heat = METABOLISM - breath(air, airPa);
  const skin = skinTemperature(EXPOSED, air, vapour);
  const bare = heat - ((1 - COVERED) * (CORE_K - skin)) / SKIN_RESISTANCE;
  if (bare <= 0) return { region: 'covering', measure: 1 - (heat * SKIN_RESISTANCE) / (CORE_K - skin) };
  const fabric = skinTemperature(CLOTHED, air, vapour);
  if (bare - (COVERED * (CORE_K - fabric)) / SKIN_RESISTANCE <= 0) {
    return { region: 'clothing', measure: clothing({ air, vapour, heat, skin }) };
  }
  const warming = heat - (CORE_K - air) / heatResistance(NAKED, CORE_K, air) - vapour / NAKED.vapour;
  return warming < 0
    ? { region: 'bloodFlow', measure: bloodFlow({ air, airPa, heat }) }
    : { region: 'heating', measure: warming / CAPACITY };
}

/** Heat lost by breathing, W/m². */
function breath(air: number, airPa: number): number {
  const latent = EVAPORATION + (CV_VAPOUR - CV_LIQUID) * (CORE_K - TRIPLE_K) + GAS_VAPOUR * CORE_K;
  const moist = ((latent * GAS_AIR) / (PRESSURE_PA * GAS_VAPOUR)) * (CORE_PA - airPa);
  return VENTILATION * METABOLISM * (CP_AIR * (CORE_K - air) + moist);
}

/** Resistance to heat between a surface and the air, m²K/W. */
function heatResistance({ convection, radiating }: Surface, surface: number, air: number): number {
  return 1 / (convection + 0.97 * radiating * 5.67e-8 * (surface ** 2 + air ** 2) * (surface + air));
}

function skinTemperature(surface: Surface, air: number, vapour: number): number {
  const sweat = vapour / (SKIN_VAPOUR_RESISTANCE + surface.vapour);
  const reach = SKIN_RESISTANCE * Math.abs(sweat);
  return rootBetween(
    (at) => (at - air) / heatResistance(surface, at, air) + sweat - (CORE_K - at) / SKIN_RESISTANCE,
    Math.max(0, Math.min(CORE_K, air) - reach),
    Math.max(CORE_K, air) + reach,
  );
}

/** Resistance of the clothing that keeps the body's heat in balance. */
function clothing(state: {
  readonly air: number;
  readonly vapour: number;
  readonly heat: number;
  readonly skin: number;
}): number {
  const { air, vapour, heat, skin } = state;
  const under = CORE_K - (heat * SKIN_RESISTANCE) / COVERED + (1 / COVERED - 1) * (CORE_K - skin);
  const resistance = (fabric: number) => heatResistance(CLOTHED, fabric, air);
  const fabric = rootBetween(
    (at) =>
      (at - air) / resistance(at) +
      (vapour * (at - air)) /
        ((SKIN_VAPOUR_RESISTANCE + CLOTHED.vapour) * (at - air) +
          CLOTHING_VAPOUR_PER_HEAT * resistance(at) * (under - at)) -
      (CORE_K - under) / SKIN_RESISTANCE,
    air,
    under,
  );
  return (resistance(fabric) * (under - fabric)) / (fabric - air);
}

/** Resistance of the skin at which a naked body is in balance; beyond what sweat can wet, it drips. */
function bloodFlow({
  air,
  airPa,
  heat,
}: {
  readonly air: number;
  readonly airPa: number;
  readonly heat: number;
}): number {
  const vapourResistance = (skin: number) => 6e8 * ((CORE_K - skin) / heat) ** 5;
  const dry = (at: number) => (at - air) / heatResistance(NAKED, at, air) - heat;
  const vapour = CORE_PA - airPa;
  let skin = rootBetween((at) => dry(at) + vapour / (vapourResistance(at) + NAKED.vapour), 0, CORE_K);
  const through = vapourResistance(skin);
  const skinPa = CORE_PA - (vapour * through) / (through + NAKED.vapour);
  if (skinPa > SALT * saturationPa(skin)) {
    skin = rootBetween((at) => dry(at) + (SALT * saturationPa(at) - airPa) / NAKED.vapour, 0, CORE_K);
  }
  return (CORE_K - skin) / heat;
}
