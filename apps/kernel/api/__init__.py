"""The conventions of the REST doors. A context's `api/` package needs four things from here.

Views (paths without a trailing slash: `SimpleRouter(trailing_slash=False)`, exported as `urlpatterns`):

    @operations(
        list=operation("List the orders of your accounts", example=ORDER),
        retrieve=operation("Show one order", example=ORDER),
    )
    class OrderViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[Order]):
        queryset = Order.objects.all()
        owner_field = "account__user_id"          # OwnObjects: other people's objects are 404
        serializer_class = OrderSerializer        # a kernel ModelSerializer: decimals are strings
        filterset_class = OrderFilter             # a django-filter FilterSet; unknown choices are 400
        ordering = ("-id",)                       # the cursor's order: non-null, ends in a unique column

        @operation("Cancel an order", request=None, response=OrderSerializer, example=ORDER, errors=(OrderClosed,))
        @action(detail=True, methods=["post"])
        def cancel(self, request, pk): ...

`schema.operation` gives an operation its summary, example and errors; the errors that any operation can have (400, 401,
404, 405, 415, 429, 503) are added by themselves. A view parses, calls one service and renders; what the service raises
becomes problem+json in `errors`: Refused 422, NotFound 404, Conflict 409, Unavailable 503 with Retry-After.
"""
