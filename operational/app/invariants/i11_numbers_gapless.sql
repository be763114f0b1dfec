-- I11 | numbers of a series run from 1 without gaps
select series as record, format('%s documents, numbers %s to %s', count(*), min(sequence), max(sequence)) as detail
from operational.documents group by series having min(sequence) <> 1 or max(sequence) <> count(distinct sequence)
