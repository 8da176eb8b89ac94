/**
 * Wet-bulb temperature in °C at sea-level pressure: the fit of Stull (2011), Wet-bulb temperature from relative humidity
 * and air temperature, eq. 1. Within −1…+0.65 °C for 5–99 % and −20…50 °C; elsewhere it is extrapolated.
 */
export function wetBulbCelsius(tempCelsius: number, humidityPercent: number): number {
  return (
    tempCelsius * Math.atan(0.151977 * Math.sqrt(humidityPercent + 8.313659)) +
    Math.atan(tempCelsius + humidityPercent) -
    Math.atan(humidityPercent - 1.676331) +
    0.00391838 * humidityPercent ** 1.5 * Math.atan(0.023101 * humidityPercent) -
    4.686035
  );
}
