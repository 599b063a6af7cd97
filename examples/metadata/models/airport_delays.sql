/*---
description:
  en: Flights and delays of each airport, with its name and place
  ru: Рейсы и опоздания каждого аэропорта, с его названием и местом
schema: examples
materialized: table
columns:
  - { name: airport, description: { en: IATA code, ru: Код ИАТА } }
  - { name: flights, description: { en: Flights that left it, ru: Сколько рейсов вылетело } }
  - { name: average_delay_min, description: { en: "Average delay, minutes", ru: "Среднее опоздание, минуты" } }
quality:
  - { id: airport_unique, metric: duplicateValues, arguments: { properties: [airport] }, mustBe: 0, severity: error }
---*/
select f.origin as airport, a.name, a.city, a.state, a.latitude, a.longitude,
       count(*) as flights, round(avg(f.delay_min), 1) as average_delay_min
  from {{ ref('examples.flights') }} f
  left join {{ ref('examples.airports') }} a on a.iata = f.origin
 group by f.origin, a.name, a.city, a.state, a.latitude, a.longitude
