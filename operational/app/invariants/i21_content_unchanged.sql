-- I21 | what was issued is what is stored: the hash over number, dates, amounts, lines and content agrees
select number as record, 'content differs from its hash' as detail
from operational.documents where operational.stored_document_hash(id) is distinct from content_hash
