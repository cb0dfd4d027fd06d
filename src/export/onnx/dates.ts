/**
 * Parts of a date by arithmetic of whole numbers, from milliseconds since 1970-01-01T00:00Z: Howard Hinnant's
 * civil_from_days ("chrono-compatible low-level date algorithms"), whose years begin on 1 March, and eras of 400 of these
 * with the day 0000-03-01.
 */
import type { DatePart } from '../../preprocess/fitted.js';
import { Arithmetic, type Value } from './graph.js';

const DAY = 86_400_000;
const ERA = 146_097;
/** Days from 0000-03-01, and from 0001-01-01, to 1970-01-01. */
const TO_MARCH_0 = 719_468;
const TO_YEAR_1 = 719_162;

/** @param ms int64 @returns each part as a double, made when it is asked for */
export function datePartsOf(ms: Value, whole: Arithmetic): (part: DatePart) => Value {
  const { graph } = whole;
  const { add, sub, mul, div, mod, floorDiv, less, where } = whole;
  const inDouble = new Arithmetic(graph, 'double');
  const double = (value: Value) => graph.cast(value, 'double');
  const once = <T>(make: () => T): (() => T) => {
    let made: { readonly value: T } | undefined;
    return () => {
      made ??= { value: make() };
      return made.value;
    };
  };
  const days = once(() => floorDiv(ms, DAY));
  const time = once(() => mod(ms, DAY));
  const civil = once(() => {
    const shifted = add(days(), TO_MARCH_0);
    const era = floorDiv(shifted, ERA);
    const dayOfEra = mod(shifted, ERA);
    const leaps = add(sub(div(dayOfEra, 1460), div(dayOfEra, 36_524)), div(dayOfEra, ERA - 1));
    const yearOfEra = div(sub(dayOfEra, leaps), 365);
    const before = sub(add(mul(yearOfEra, 365), div(yearOfEra, 4)), div(yearOfEra, 100));
    const dayOfYear = sub(dayOfEra, before);
    const march = div(add(mul(dayOfYear, 5), 2), 153);
    const day = add(sub(dayOfYear, div(add(mul(march, 153), 2), 5)), 1);
    const inYear = less(march, 10);
    const month = where(inYear, add(march, 3), sub(march, 9));
    const year = add(add(yearOfEra, mul(era, 400)), where(inYear, 0, 1));
    return { year, month, day };
  });
  const parts: Readonly<Record<DatePart, () => Value>> = {
    year: () => double(civil().year),
    month: () => double(civil().month),
    day: () => double(civil().day),
    // 1970-01-01 was a Thursday, which is 3.
    weekday: () => double(mod(add(days(), 3), 7)),
    yearday: () => {
      const past = sub(civil().year, 1);
      const leaps = add(sub(floorDiv(past, 4), floorDiv(past, 100)), floorDiv(past, 400));
      const newYear = sub(add(mul(past, 365), leaps), TO_YEAR_1);
      return double(add(sub(days(), newYear), 1));
    },
    hour: () => double(div(time(), 3_600_000)),
    minute: () => double(div(mod(time(), 3_600_000), 60_000)),
    second: () => {
      const rest = mod(time(), 60_000);
      return inDouble.add(double(div(rest, 1000)), inDouble.div(double(mod(rest, 1000)), 1000));
    },
    days: () => inDouble.div(double(ms), DAY),
  };
  return (part) => parts[part]();
}
