/*---
description:
  en: Delays by state
  ru: Опоздания по штатам
schema: examples
materialized: view
---*/
select state, sum(flights) as flights, round(sum(flights * average_delay_min) / sum(flights), 1) as average_delay_min
  from {{ ref('airport_delays') }}
 where state is not null
 group by state
