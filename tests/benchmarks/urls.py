from django.urls import path

from config.urls import urlpatterns as product
from tests.benchmarks.stock.site import site

urlpatterns = [path("plain/", site.urls), *product]
