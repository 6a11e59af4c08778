create table tickets (
  id bigint generated always as identity primary key,
  subject text not null,
  seconds integer not null,
  state text not null default 'waiting' check (state in ('waiting', 'doing', 'done')),
  answered_by text
);
create index tickets_waiting on tickets (id) where state = 'waiting';
