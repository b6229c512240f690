"""What hospitals send, read in; what they read, written out."""

from longwatch.exchange.importing import ImportOptions as ImportOptions
from longwatch.exchange.importing import import_files as import_files
from longwatch.exchange.report import FileReport as FileReport
from longwatch.exchange.report import ImportReport as ImportReport
