alter table editions drop column chunks;
