import type { Client } from "pg";
import { literal } from "../sql-text.ts";

/** A view that stands on a relation, however far away, and all that makes it the same again. */
interface DependentView {
  readonly name: string;
  readonly kind: "view" | "materialized view";
  /** Statements that bring it back, in order. */
  readonly statements: readonly string[];
}

/**
 * Takes away the views that stand on a relation, directly or on one another, so that it can be dropped.
 * @returns what builds them again, those first that others stand on, with their options, owners, rights, comments, indexes and triggers
 */
export async function setAsideViews(client: Client, relation: string): Promise<() => Promise<void>> {
  const views = await dependentViews(client, relation);
  for (const { kind, name } of views.toReversed()) await client.query(`drop ${kind} ${name}`);
  return async () => {
    for (const { statements } of views) for (const statement of statements) await client.query(statement);
  };
}

/** Depth of the longest way from the relation to each view: a view comes after all that it reads. */
const DEPENDENT = `
  with recursive dependent(id, depth) as (
    select r.ev_class, 1 from pg_depend p join pg_rewrite r on r.oid = p.objid and p.classid = 'pg_rewrite'::regclass
     where p.refclassid = 'pg_class'::regclass and p.refobjid = to_regclass($1) and r.ev_class <> p.refobjid
    union
    select r.ev_class, d.depth + 1
      from dependent d join pg_depend p on p.refclassid = 'pg_class'::regclass and p.refobjid = d.id
      join pg_rewrite r on r.oid = p.objid and p.classid = 'pg_rewrite'::regclass
     where r.ev_class <> d.id)
  select c.oid::text as id, c.oid::regclass::text as name, c.relkind::text as kind, pg_get_viewdef(c.oid) as definition,
         array_to_string(c.reloptions, ', ') as options, pg_get_userbyid(c.relowner) as owner,
         c.relowner = (select oid from pg_roles where rolname = current_user) as is_own
    from (select id, max(depth) as depth from dependent group by id) d join pg_class c on c.oid = d.id
   order by d.depth, c.oid`;

interface ViewRow {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly definition: string;
  readonly options: string | null;
  readonly owner: string;
  readonly is_own: boolean;
}

async function dependentViews(client: Client, relation: string): Promise<readonly DependentView[]> {
  const found = await client.query<ViewRow>(DEPENDENT, [relation]);
  const views: DependentView[] = [];
  for (const row of found.rows) {
    const kind = row.kind === "m" ? "materialized view" : "view";
    const options = row.options === null || row.options === "" ? "" : ` with (${row.options})`;
    const definition = row.definition.trim().replace(/;$/, "");
    const owner = row.is_own ? [] : [`alter ${kind} ${row.name} owner to ${await quoteRole(client, row.owner)}`];
    views.push({
      name: row.name,
      kind,
      statements: [`create ${kind} ${row.name}${options} as ${definition}`, ...owner, ...(await extras(client, row, kind))],
    });
  }
  return views;
}

async function quoteRole(client: Client, role: string): Promise<string> {
  const answer = await client.query<{ name: string }>("select quote_ident($1) as name", [role]);
  return answer.rows[0]?.name ?? role;
}

/** Comments, rights, indexes and triggers of a view, as statements. */
async function extras(client: Client, { id, name }: ViewRow, kind: DependentView["kind"]): Promise<readonly string[]> {
  const answer = await client.query<{ statement: string }>(
    `select format('comment on ${kind} %s is %L', ${literal(name)}, obj_description($1::oid, 'pg_class')) as statement, 1 as place
       where obj_description($1::oid, 'pg_class') is not null
     union all
     select format('comment on column %s.%I is %L', ${literal(name)}, attname, col_description($1::oid, attnum)), 2
       from pg_attribute where attrelid = $1::oid and attnum > 0 and col_description($1::oid, attnum) is not null
     union all
     select format('grant %s on %s to %s%s', a.privilege_type, ${literal(name)},
                   case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
                   case when a.is_grantable then ' with grant option' else '' end), 3
       from pg_class c, aclexplode(c.relacl) a where c.oid = $1::oid and a.grantee <> c.relowner
     union all
     select format('grant %s (%I) on %s to %s', a.privilege_type, t.attname, ${literal(name)},
                   case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end), 4
       from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = $1::oid
     union all
     select pg_get_indexdef(indexrelid), 5 from pg_index where indrelid = $1::oid
     union all
     select pg_get_triggerdef(oid), 6 from pg_trigger where tgrelid = $1::oid and not tgisinternal
     order by place`,
    [id],
  );
  return answer.rows.map((row) => row.statement);
}

/**
 * The rights and owner of a table or view that is about to be replaced.
 * @returns statements that give them to what comes in its place
 */
export async function rightsOf(client: Client, relation: string): Promise<readonly string[]> {
  const answer = await client.query<{ statement: string }>(
    `select format('grant %s on %s to %s%s', a.privilege_type, ${literal(relation)},
                   case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
                   case when a.is_grantable then ' with grant option' else '' end) as statement
       from pg_class c, aclexplode(c.relacl) a where c.oid = to_regclass($1) and a.grantee <> c.relowner`,
    [relation],
  );
  return answer.rows.map((row) => row.statement);
}
