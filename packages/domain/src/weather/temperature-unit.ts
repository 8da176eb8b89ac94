/** TemperatureUnit of isotherm.type.v1. */
export const TemperatureUnit = { CELSIUS: 1, FAHRENHEIT: 2, KELVIN: 3 } as const;
export type TemperatureUnit = (typeof TemperatureUnit)[keyof typeof TemperatureUnit];

/** 0 °C in kelvin. */
export const ZERO_CELSIUS_KELVIN = 273.15;

export function celsiusToFahrenheit(celsius: number): number {
  return celsius * 1.8 + 32;
}

/** The one way °F becomes °C here, so that equal °F values stay equal: (F − 32) / 1.8. */
export function fahrenheitToCelsius(fahrenheit: number): number {
  return (fahrenheit - 32) / 1.8;
}

export function celsiusToKelvin(celsius: number): number {
  return celsius + ZERO_CELSIUS_KELVIN;
}

export function kelvinToCelsius(kelvin: number): number {
  return kelvin - ZERO_CELSIUS_KELVIN;
}

/** A temperature in °C as the unit wanted. NaN stays NaN. */
export function temperatureIn(celsius: number, unit: TemperatureUnit): number {
  switch (unit) {
    case TemperatureUnit.CELSIUS:
      return celsius;
    case TemperatureUnit.FAHRENHEIT:
      return celsiusToFahrenheit(celsius);
    case TemperatureUnit.KELVIN:
      return celsiusToKelvin(celsius);
  }
}

/** A difference of temperatures, as an error of a forecast, given in °C as the unit wanted: scaled, never shifted. */
export function temperatureDifferenceIn(celsius: number, unit: TemperatureUnit): number {
  return unit === TemperatureUnit.FAHRENHEIT ? celsius * 1.8 : celsius;
}

/** A temperature in the given unit as °C. */
export function temperatureFrom(value: number, unit: TemperatureUnit): number {
  switch (unit) {
    case TemperatureUnit.CELSIUS:
      return value;
    case TemperatureUnit.FAHRENHEIT:
      return fahrenheitToCelsius(value);
    case TemperatureUnit.KELVIN:
      return kelvinToCelsius(value);
  }
}
